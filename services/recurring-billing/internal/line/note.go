package line

import (
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
	catalogue.CheckWord(v, in+FieldUser, note.User, maxUser)
}

// checkCodes completes the codes of a job and a branch, and adds a violation for one that is too long or has control characters.
func (l *Line) checkCodes(v *fault.Violations) {
	l.Job, l.Branch = catalogue.OtherCode(l.Job, catalogue.NoJob), catalogue.OtherCode(l.Branch, catalogue.NoCode)
	catalogue.CheckWord(v, FieldJob, l.Job, catalogue.MaxCode)
	catalogue.CheckWord(v, FieldBranch, l.Branch, catalogue.MaxCode)
}
