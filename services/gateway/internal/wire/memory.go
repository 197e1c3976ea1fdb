package wire

import (
	"bytes"
	"strings"
	"unsafe"
)

// What reading a body takes at most besides the body, in bytes: for each byte, mostly texts that are
// unescaped, and for each value, its node and its part of the message.
const (
	bytesPerByte  = 3
	bytesPerValue = 400
)

// Memory returns how much memory Read takes at most besides the body, with the default limits.
func Memory(format Format, body []byte) int64 {
	count := min(values(format, textOf(body)), DefaultLimits.Values)
	return int64(len(body))*bytesPerByte + int64(count)*bytesPerValue
}

// values returns a number that the values of a body do not exceed.
func values(format Format, text string) int {
	switch format {
	case JSON: // the root, and what follows one of these
		return 1 + strings.Count(text, ",") + strings.Count(text, "{") + strings.Count(text, "[") + strings.Count(text, "(")
	case XML:
		return strings.Count(text, "<") - strings.Count(text, "</")
	default:
		return min(1+strings.Count(text, "&"), DefaultLimits.Keys)
	}
}

// textOf returns a body as a text that shares its memory.
func textOf(body []byte) string {
	return unsafe.String(unsafe.SliceData(body), len(body)) //nolint:gosec // bodies stay as they are
}

// CheckValues returns an error for strict JSON with more values than the default limit, for readers that
// have no limit of their own.
func CheckValues(body []byte) error {
	count := 1
	for len(body) > 0 {
		next := bytes.IndexAny(body, `",{[`)
		if next < 0 {
			break
		}
		found := body[next]
		body = body[next+1:]
		if found == '"' {
			body = afterString(body)
		} else {
			count++
		}
	}
	if count > DefaultLimits.Values {
		return &syntaxError{text: "The body has too many values"}
	}
	return nil
}

// afterString returns what follows a JSON string that began before.
func afterString(text []byte) []byte {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[i+1:]
		}
	}
	return nil
}
