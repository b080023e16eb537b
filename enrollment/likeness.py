"""What a similarity of photos or of templates means, in a word. Pure."""

from typing import Final, Literal

from enrollment.acceptance import SAME_PERSON_SIMILARITY
from enrollment.duplicates import DUPLICATE_SIMILARITY
from enrollment.template import encoder_names

# different: below what one person's reach nearly always; doubtful: one person's, but less alike than usual;
# usual: as alike as one person's are.
Likeness = Literal["different", "doubtful", "usual"]

# Nineteen of twenty comparisons of one person reach these, by encoders: 149 people of Labeled Faces in the Wild
# with four photos each, photo against photo, and templates of two photos against templates of the other two.
USUAL_OF_PHOTOS: Final = {
    frozenset({"sface", "dlib"}): 0.71,
    frozenset({"sface"}): 0.482,
    frozenset({"dlib"}): 0.930,
}
USUAL_OF_TEMPLATES: Final = {
    frozenset({"sface", "dlib"}): 0.80,
    frozenset({"sface"}): 0.632,
    frozenset({"dlib"}): 0.961,
}


def of_photos(similarity: float, version: str) -> Likeness:
    """`version`: of the encoders that made the descriptors."""
    names = frozenset(encoder_names(version))
    return _word(similarity, SAME_PERSON_SIMILARITY[names], USUAL_OF_PHOTOS[names])


def of_templates(similarity: float, version: str) -> Likeness:
    names = frozenset(encoder_names(version))
    return _word(similarity, DUPLICATE_SIMILARITY[names], USUAL_OF_TEMPLATES[names])


def _word(similarity: float, one_person: float, usual: float) -> Likeness:
    if similarity < one_person:
        return "different"
    return "doubtful" if similarity < usual else "usual"
