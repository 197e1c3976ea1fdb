package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
)

// Format is the format of a body.
type Format int

// The formats.
const (
	// JSON is application/json and text/json.
	JSON Format = iota
	// XML is application/xml and text/xml.
	XML
	// Form is application/x-www-form-urlencoded. It is supported for reading only.
	Form
)

// String returns the name of the format.
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

// Limits bound the cost of reading a body. The caller limits its size.
type Limits struct {
	// Depth is the maximum nesting of objects, arrays and elements.
	Depth int
	// Keys is the maximum number of keys in a form.
	Keys int
	// Values is the maximum number of members, items and elements in a JSON or XML body.
	Values int
}

// DefaultLimits are the framework's limits of 256 nested levels and 1000 form keys, and our own
// limit on values.
var DefaultLimits = Limits{Depth: 256, Keys: 1000, Values: 1 << 16}

// modelKey is ASP.NET's name for the body.
const modelKey = "model"

const maxBody = 1 << 28

// Read binds a body to a message, which should be empty. The body must be UTF-8; see ToUTF8. It must
// not change afterwards, since texts of the message are parts of it.
//
// It returns ErrNoModel for a body without a model, and a *ModelError for a body that does not bind
// or violates the model's rules. Any other error means that the message or the format is not
// supported. After an error, the content of the message is undefined.
func Read(format Format, body []byte, limits Limits, into proto.Message) error {
	desc := into.ProtoReflect().Descriptor()
	plan, err := planOf(desc)
	if err != nil {
		return err
	}
	if plan.strict() && format != JSON {
		return fmt.Errorf("reading %s: %s supports JSON only", format, desc.FullName())
	}
	message, err := modelOf(into, plan)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return ErrNoModel
	}
	b := binder{format: format, plan: plan, text: strings.TrimPrefix(textOf(body), bomUTF8)}
	if len(body) > maxBody || !utf8.Valid(body) {
		return b.refuse(&syntaxError{text: "The body is too long, or not valid UTF-8"})
	}
	b.tree = newTree(max(limits.Values, 1), values(format, b.text))
	defer b.tree.free()
	b.path = b.tree.path[:0]
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
	if err != nil {
		var syntax *syntaxError
		if errors.As(err, &syntax) {
			return b.refuse(syntax)
		}
		return err
	}
	if len(b.failed.Fields) > 0 {
		failed := b.failed
		return &failed
	}
	return nil
}
