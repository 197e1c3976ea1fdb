package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrNoModel is returned for a body without a model: an empty body, JSON null, or a nil root
// element.
var ErrNoModel = errors.New("the body holds no model")

// ModelError describes a body that does not bind to its model or violates the model's rules. Its
// fields are those of ASP.NET's ModelState.
type ModelError struct {
	// Fields is not empty, and its keys are unique.
	Fields []FieldError
	// messages counts the messages of all fields.
	messages int
}

// FieldError describes the errors of one member.
type FieldError struct {
	// Key is the path of the member in the vendor's spelling: "model.services[2].service_id", or
	// "model" for the whole body. With FRAMEWORK_STRICT_JSON there is no "model" prefix, and the
	// key of the whole body is "".
	Key string
	// Messages is not empty.
	Messages []string
	// Missing means that the member is required and absent.
	Missing bool
}

// Error returns all messages in one line.
func (e *ModelError) Error() string {
	var line strings.Builder
	line.WriteString("the body does not bind")
	for _, field := range e.Fields {
		for _, message := range field.Messages {
			fmt.Fprintf(&line, "; %s: %s", field.Key, message)
		}
	}
	return line.String()
}

// maxMessages limits the messages of one body, as the framework does.
const maxMessages = 200

// add records a message under a key.
func (e *ModelError) add(key string, missing bool, message string) {
	if e.messages == maxMessages {
		return
	}
	e.messages++
	for i := range e.Fields {
		if e.Fields[i].Key == key {
			e.Fields[i].Messages = append(e.Fields[i].Messages, message)
			e.Fields[i].Missing = e.Fields[i].Missing || missing
			return
		}
	}
	e.Fields = append(e.Fields, FieldError{Key: key, Messages: []string{message}, Missing: missing})
}

// tainted reports whether the member at key, or a part of it, already has an error.
func (e *ModelError) tainted(key string) bool {
	for i := range e.Fields {
		rest, found := strings.CutPrefix(e.Fields[i].Key, key)
		if found && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// syntaxError describes a body that cannot be parsed.
type syntaxError struct {
	text string
	// offset is the position in the body, in bytes.
	offset int
}

func (e *syntaxError) Error() string { return e.text }

// describe returns the message with the position: line and column from 1, the column in characters.
func (e *syntaxError) describe(body string) string {
	before := body[:min(e.offset, len(body))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return e.text + " (line " + strconv.Itoa(line) + ", position " + strconv.Itoa(column) + ")."
}

// Messages of the framework.
const (
	requiredText    = "The %s field is required."
	maxLengthText   = "The field %s must be a string with a maximum length of %d."
	maxSizeText     = "The field %s must be a string or array type with a maximum length of '%d'."
	minSizeText     = "The field %s must be a string or array type with a minimum length of '%d'."
	patternText     = "The field %s must match the regular expression '%s'."
	invalidText     = "The value '%s' is not valid for %s."
	valueNeededText = "A value is required."
)

// quoted shortens a value for use in a message.
func quoted(value string) string {
	const most = 500
	runes := 0
	for i := range value {
		if runes == most {
			return value[:i] + "..."
		}
		runes++
	}
	return value
}
