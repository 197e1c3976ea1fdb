package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrNoModel is returned for a body that holds no model: an empty one, JSON's null, a nil root element.
var ErrNoModel = errors.New("the body holds no model")

// ModelError is a body that does not bind to its model, or breaks the model's rules: what ASP.NET puts into ModelState.
type ModelError struct {
	// Fields is never empty; no two have the same key.
	Fields []FieldError
	// messages counts those of all fields.
	messages int
}

// FieldError is what is wrong with one member.
type FieldError struct {
	// Key is the member's path in the vendor's spelling: "model.services[2].service_id", "model" for the body as a whole.
	// A message of FRAMEWORK_STRICT_JSON has no "model" prefix, and the body as a whole is "".
	Key string
	// Messages are never empty.
	Messages []string
	// Missing says that the member is required and is not there.
	Missing bool
}

// Error tells all of it in one line.
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

// mostMessages bounds what is told of one body; the framework stops there too.
const mostMessages = 200

// add notes a message under a key.
func (e *ModelError) add(key string, missing bool, message string) {
	if e.messages == mostMessages {
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

// tainted says whether the member at key, or a part of it, is at fault already.
func (e *ModelError) tainted(key string) bool {
	for i := range e.Fields {
		rest, found := strings.CutPrefix(e.Fields[i].Key, key)
		if found && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// syntaxError is a body that cannot be read at all.
type syntaxError struct {
	text string
	// offset in the body, in bytes.
	offset int
}

func (e *syntaxError) Error() string { return e.text }

// describe tells what is wrong and where: line and column count from 1, the column in characters.
func (e *syntaxError) describe(body string) string {
	before := body[:min(e.offset, len(body))]
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return e.text + " (line " + strconv.Itoa(line) + ", position " + strconv.Itoa(column) + ")."
}

// The framework's own words.
const (
	requiredText    = "The %s field is required."
	maxLengthText   = "The field %s must be a string with a maximum length of %d."
	invalidText     = "The value '%s' is not valid for %s."
	valueNeededText = "A value is required."
)

// quoted is a value for a message: what a caller sent may be long.
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
