"""The bedroom: where the person is, what the bedding is like, and what the camera has before its lens."""

from typing import Literal

from firmware_sim.clock import Agenda
from firmware_sim.world.record import Record

Person = Literal["in_bed", "away", "half_out"]
Bedding = Literal["ordinary", "one_shade"]
View = Literal["clear", "covered", "moved", "dark"]


class Bedroom:
    """What there is to be seen."""

    def __init__(self, agenda: Agenda, record: Record) -> None:
        self._agenda = agenda
        self._record = record
        self.person: Person = "in_bed"
        self.bedding: Bedding = "ordinary"
        self.view: View = "clear"
        self.film: str | None = None

    def put_person(self, person: Person) -> None:
        self.person = person
        self._record.note(self._agenda.elapsed, "person", person)

    def make_bed(self, bedding: Bedding) -> None:
        self.bedding = bedding
        self._record.note(self._agenda.elapsed, "bedding", bedding)

    def change_view(self, view: View) -> None:
        self.view = view
        self._record.note(self._agenda.elapsed, "view", view)
