package wire

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted parses a quoted text. A text without escapes is a substring of the body.
func (r *jsonReader) quoted() (string, error) {
	quote := r.text[r.pos]
	r.pos++
	start := r.pos
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == quote:
			r.pos++
			return r.text[start : r.pos-1], nil
		case c == '\\':
			return r.escaped(start, quote)
		case c < ' ' && r.strict:
			return "", r.fail("A text holds a control character that is not escaped")
		default:
			r.pos++
		}
	}
	return "", r.fail("A text is not closed")
}

// escaped continues parsing a text from its first escape.
func (r *jsonReader) escaped(start int, quote byte) (string, error) {
	text := append(make([]byte, 0, r.pos-start+16), r.text[start:r.pos]...)
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == quote:
			r.pos++
			return string(text), nil
		case c == '\\':
			var err error
			if text, err = r.escape(text); err != nil {
				return "", err
			}
		case c < ' ' && r.strict:
			return "", r.fail("A text holds a control character that is not escaped")
		default:
			text = append(text, c)
			r.pos++
		}
	}
	return "", r.fail("A text is not closed")
}

// escape parses one escape. An unpaired surrogate becomes U+FFFD.
func (r *jsonReader) escape(text []byte) ([]byte, error) {
	if r.pos+1 >= len(r.text) {
		return nil, r.fail("A text is not closed")
	}
	c := r.text[r.pos+1]
	if c == 'u' {
		first, ok := r.hex(r.pos + 2)
		if !ok {
			return nil, r.fail("Bad escape in a text: \\u wants four hexadecimal digits")
		}
		r.pos += 6
		if !utf16.IsSurrogate(first) {
			return utf8.AppendRune(text, first), nil
		}
		if strings.HasPrefix(r.text[r.pos:], `\u`) {
			if second, ok := r.hex(r.pos + 2); ok {
				if char := utf16.DecodeRune(first, second); char != utf8.RuneError {
					r.pos += 6
					return utf8.AppendRune(text, char), nil
				}
			}
		}
		return utf8.AppendRune(text, utf8.RuneError), nil
	}
	at := strings.IndexByte(`"\/bfnrt'`, c)
	if at < 0 || c == '\'' && r.strict {
		return nil, r.fail("Bad escape in a text")
	}
	r.pos += 2
	return append(text, "\"\\/\b\f\n\r\t'"[at]), nil
}

// hex parses four hexadecimal digits.
func (r *jsonReader) hex(at int) (rune, bool) {
	if at+4 > len(r.text) {
		return 0, false
	}
	var char rune
	for _, c := range []byte(r.text[at : at+4]) {
		digit, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		char = char<<4 | rune(digit)
	}
	return char, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	default:
		return 0, false
	}
}
