"""The vocabulary of verdicts, reasons and cues, as people read it."""

VERDICTS = {
    "in_bed": "in bed",
    "not_in_bed": "not in bed",
    "uncertain": "uncertain: a person must look",
    "camera_fault": "the camera cannot see the bed",
}

REASONS = {
    "person_seen": "somebody is seen in the bed",
    "movement_seen": "the blanket moves",
    "empty_bed_seen": "the bed is seen to be empty",
    "not_clear": "neither a person nor an empty bed is seen clearly enough",
    "no_movement_seen": "the bed looks occupied, but nothing moves in it",
    "movement_in_empty_bed": "the bed looks empty, but something moves in it",
    "restless": "somebody moved a moment ago; the bed has not settled",
    "too_short": "too few good frames to say anything",
    "bed_not_judged": "only the camera was judged, not the bed",
    "in_bed_was_wrong_here": "the bed looks occupied, but that was wrong here before: more evidence is asked for",
    "not_in_bed_was_wrong_here": "the bed looks empty, but that was wrong here before: more evidence is asked for",
    "low_contrast": "bedding, clothes and wall are of one shade",
    "blurred": "the picture is out of focus",
    "view_unknown": "the room is not recognised; the camera may have been moved",
    "few_frames": "the camera delivers too few frames",
    "covered": "the camera is covered",
    "moved": "the camera has been moved since installation",
    "dark": "the picture is dark; the night lamp may be broken or hidden",
    "over_exposed": "the picture is over-exposed",
    "frozen": "the camera repeats the same picture",
    "torn": "the camera delivers torn pictures",
    "resolution": "the picture has another size than at installation",
}

CUES = {
    "appearance": "the net's chance that somebody is in the bed, 0 to 1",
    "movement": "slow movement of the bed against the room's, 0 is none",
    "coarse_movement": "largest share of the bed that changed at once",
    "usable": "share of the bed that is neither black nor saturated",
    "like_empty": "likeness to the empty bed of the installation, -1 to 1",
    "shift": "how far the camera has moved, share of the picture's width",
    "landmarks": "share of the room's landmarks that were found again",
    "brightness": "95th percentile of grey, 0 to 255",
    "saturated": "share of saturated pixels",
    "structure": "structure of the picture against its brightness",
    "contrast": "structure of the bed against its brightness",
    "sharpness": "fine against coarse edges",
    "frames_per_second": "frames a second",
    "delivered_per_second": "frames a second that the camera's driver delivered",
    "frames_lost": "frames that the driver numbered and did not deliver",
    "frames_broken": "frames that came cut short",
    "same_bytes_seconds": "for how long the same bytes have been delivered",
    "torn": "share of torn frames",
}
