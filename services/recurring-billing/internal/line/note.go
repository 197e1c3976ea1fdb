package line

import (
	"strings"
	"unicode"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Note is what a caller adds to a change. Either may be empty.
type Note struct {
	// Comments is a remark. (Sedona: RMRTrackingComments.)
	Comments string `json:"comments,omitempty"`
	// User is who makes the change, in the caller's words. (Sedona: UserCode.)
	User string `json:"user_code,omitempty"`
}

// Maximum lengths of a note, in UTF-16 units.
const (
	maxComments = 1024
	maxUser     = 30
)

// checkNote adds a violation for each part of a note that is too long or cannot be stored. in is the path of the message that
// has it.
func checkNote(v *fault.Violations, in string, note Note) {
	v.Text(in+FieldComments, note.Comments, maxComments)
	checkWord(v, in+FieldUser, note.User, maxUser)
}

// checkWord adds a violation if a text is too long or has control characters. It may be empty.
func checkWord(v *fault.Violations, field, text string, longest int) {
	if v.Text(field, text, longest) && strings.ContainsFunc(text, unicode.IsControl) {
		v.Add(field, reason.InvalidText, "must have no control characters")
	}
}

// checkCodes adds a violation for a code of a job or a branch that is too long or has control characters.
func (l *Line) checkCodes(v *fault.Violations) {
	checkWord(v, FieldJob, l.Job, catalogue.MaxCode)
	checkWord(v, FieldBranch, l.Branch, catalogue.MaxCode)
}
