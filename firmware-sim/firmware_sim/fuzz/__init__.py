"""The hunter: random nights in random homes, played fast, judged by the promises, replayable by their seed."""
