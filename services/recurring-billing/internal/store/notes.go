package store

import (
	"encoding/json"
	"fmt"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// noteText returns a note as the text of its column: JSON, which has no line breaks, or an empty text for an empty note.
func noteText(note line.Note) string {
	if note == (line.Note{}) {
		return ""
	}
	text, _ := json.Marshal(note) // two texts can always be written
	return string(text)
}

// noteOf parses what noteText returned.
func noteOf(text string) (note line.Note, err error) {
	if text == "" {
		return note, nil
	}
	if err := json.Unmarshal([]byte(text), &note); err != nil {
		return note, fmt.Errorf("reading note %q: %w", text, err)
	}
	return note, nil
}
