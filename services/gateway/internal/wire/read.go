package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
)

// Format is how a body is written down.
type Format int

// The formats.
const (
	// JSON is application/json and text/json.
	JSON Format = iota
	// XML is application/xml and text/xml.
	XML
	// Form is application/x-www-form-urlencoded. It is only read.
	Form
)

// String is the format's name.
func (f Format) String() string {
	switch f {
	case JSON:
		return "JSON"
	case XML:
		return "XML"
	case Form:
		return "form"
	default:
		return fmt.Sprintf("Format(%d)", int(f))
	}
}

// Limits bound what a body may cost. The caller bounds its size.
type Limits struct {
	// Depth is how deeply objects, arrays and elements may be nested.
	Depth int
	// Keys is how many keys a form may have.
	Keys int
	// Values is how many members, items and elements a JSON or XML body may have.
	Values int
}

// DefaultLimits are the framework's: it nests 256 deep and takes 1000 keys of a form; it does not bound values.
var DefaultLimits = Limits{Depth: 256, Keys: 1000, Values: 200_000}

// modelKey is what ASP.NET calls the body.
const modelKey = "model"

const maxBody = 1 << 28

// Read binds a body to a message, which should be empty. The body is UTF-8 (see ToUTF8).
//
// Errors: ErrNoModel for a body that holds no model; *ModelError for one that does not bind or breaks the model's rules; any
// other error means that the message or the format does not belong here. After an error the message is in no useful state.
func Read(format Format, body []byte, limits Limits, into proto.Message) error {
	message := into.ProtoReflect()
	plan, err := planOf(message.Descriptor())
	if err != nil {
		return err
	}
	if plan.strict() && format != JSON {
		return fmt.Errorf("reading %s: %s is JSON alone", format, message.Descriptor().FullName())
	}
	if len(body) == 0 {
		return ErrNoModel
	}
	b := binder{format: format, plan: plan, text: strings.TrimPrefix(string(body), bomUTF8)}
	b.path = b.steps[:0]
	if len(body) > maxBody || !utf8.Valid(body) {
		return b.refuse(&syntaxError{text: "The body is too long, or not valid UTF-8"})
	}
	b.tree = newTree(max(limits.Values, 1))
	defer b.tree.free()
	switch format {
	case JSON:
		err = b.readJSON(limits, message)
	case XML:
		err = b.readXML(limits, message)
	case Form:
		err = b.readForm(limits, message)
	default:
		return fmt.Errorf("%s is not a format that can be read", format)
	}
	var syntax *syntaxError
	if errors.As(err, &syntax) {
		return b.refuse(syntax)
	}
	if err != nil {
		return err
	}
	if len(b.failed.Fields) > 0 {
		failed := b.failed
		return &failed
	}
	return nil
}
