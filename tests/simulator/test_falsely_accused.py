"""Nights of the hunt that the referee once accused for want of an excuse: each is acquitted."""

import pytest

from firmware_sim.fuzz.hunt import scenario
from firmware_sim.runner import play

FALSELY_ACCUSED = {
    117724: "the clock was set back before the window in which a look was under way",
    313907: "the clock jumped in the very instant in which the answer was said",
    26028: "a clock that was set back showed the time of the answer twice",
    125007: "decided while nothing could be stored, and forgotten",
    128455: "the camera opened in the last instant of the night",
    206415: "a pulse was under way when the night ended",
    106953: "a worker was stuck, and the disk slow",
    200872: "a worker was stuck, and the relay moved late",
    126162: "the router's restart waited for a slow disk",
    149388: "the clock jumped before a power cut between two restarts of the router",
    172568: "the router's relay moved late",
    104948: "stopped and powered off in one instant",
    19577: "a look said `covered`, then that it saw somebody, before a slow disk had stored the first",
    168079: "the camera was unplugged while it was known to be busy",
    172680: "a fault was cleared on a read-only disk, and the process died",
    335713: "a worker repeated its verdict after it could not be ended",
    114902: "consent waited for a slow disk",
    203223: "with power back the disk did not let the device start",
    167544: "consent was given before the time was known",
    173983: "the first process after a loss died before it had stored anything",
    312758: "two steps of the clock within a millisecond",
    343575: "a command for other times was heard and answered again, after a newer one",
    293450: "the process ended and began again in one instant, in mid-pulse",
    503963: "a window ended in the millisecond in which the schedule was told",
    402188: "the store was lost in the millisecond in which the check was answered",
    529701: "a clock that jumped after a loss led back to a window, which a new pause covered",
    5009438: "a command heard on a full disk was stored before the process died, and came again",
    5050670: "a command for other times, heard again in one breath with a newer one, was answered last",
    5136272: "a copy of a command that the broker kept was refused after the first was obeyed on a full disk",
    5151885: "a window over midnight was counted on both days",
    5156205: "a clock that was set back before a loss led back to a window, which a new pause covered",
    5167814: "a device that could store nothing since its store was lost was as new after a power cut",
    5199753: "new times were taken by a device that nobody heard any more",
    5225384: "a camera was seen again by a look that an untrusted clock had ended",
    5241481: "a cut for a stuck worker was forgotten on a full disk, then it was restarted up to the cap",
    5247342: "a slow disk heard late of the privacy switch, and so that the driver held the camera",
    5298504: "a process died as soon as it had stored a command, which came again after a later one",
    5304637: "the first answer to a command for other times was replaced while the broker was silent",
    5331476: "the clock went back while a disk that was slow, and became quicker, stored that a window had opened",
    5369801: "consent was given to a dying process, and then its store was lost in mid-window",
    5403372: "the store was lost before the broker took an answer, and the alarm that it held was told again",
    5425930: "the clock was an hour ahead for five seconds before it could not be trusted, and nobody looked at it",
    6024278: "the clock was ahead when the power came back, and put right before the router was restarted again",
    6068529: "a clock was eight hours behind for as long as a slow disk stored that the port will be cut",
    6077135: "a process died that could store nothing since the power was away, of which the next one heard",
    6096369: "a mending began by a clock that was right again when a slow disk had stored that",
    6103552: "a command that ends a pause came behind a flood",
    6127409: "the internet came back while a slow disk stored that the router is to be restarted",
    5124510: "a process that lived for an instant told of a check by a clock that was an hour behind",
    5155990: "a process died in the instant in which it took other times, and was told of them again",
    5447528: "a clock that was set back showed the time of an answer again after a later alarm",
    5460480: "an extra check was ordered late, and began still later on a slow disk",
    5511632: "the store was lost before it was told that somebody had been seen, and the alarm went on",
    5143427: "a stuck camera was unplugged before it was clear that it was stuck",
    5004366: "the clock was set back by a second between an alarm and its acknowledgement",
    5018261: "a refusal waited for a slow disk, which had something else to store for minutes",
    5026015: "a refusal waited on a slow disk behind what came with the connection",
    5030110: "consent was given behind a slow disk to a process that was to stop, and the next began at once",
    5036701: "a command waited for eleven commits of a slow disk",
    96000000263313: "what staff confirmed on a full disk was refused when the store was lost and it came again",
    72000000157812: "a clock showed that a window was over to a process that died, and was right when it began",
    50000000126162: "the clock was an hour behind when the power went, and right when it came back",
    65000000125720: "a storm was refused, and more came after a power cut of which no clock told how long it was",
    72000000225786: "the clock was half an hour behind, and put right in the instant of a power cut",
}
"""Seeds of nights in which an excuse was missing, and which."""


@pytest.mark.parametrize("seed", FALSELY_ACCUSED)
def test_a_night_that_was_falsely_accused_is_acquitted(seed: int) -> None:
    assert play(scenario(seed)).violations == [], FALSELY_ACCUSED[seed]
