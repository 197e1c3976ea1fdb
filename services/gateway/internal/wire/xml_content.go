package wire

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// content parses the content of an element, including its end tag.
func (r *xmlReader) content(self int32, prefix, local string) error {
	var text xmlText
	last := none
	for {
		open := strings.IndexByte(r.text[r.pos:], '<')
		if open < 0 {
			return r.fail("The element '" + quoted(local) + "' is not closed")
		}
		if open > 0 {
			if err := r.chunk(&text, r.text[r.pos:r.pos+open]); err != nil {
				return err
			}
			r.pos += open
		}
		switch rest := r.text[r.pos:]; {
		case strings.HasPrefix(rest, "</"):
			r.pos += len("</")
			n := &r.tree.nodes[self]
			n.text, n.stray, n.broken = text.String(), text.stray, text.broken
			return r.end(prefix, local)
		case strings.HasPrefix(rest, "<!--"):
			text.commented = true
			if err := r.comment(); err != nil {
				return err
			}
		case strings.HasPrefix(rest, "<![CDATA["):
			if err := r.cdata(&text); err != nil {
				return err
			}
		case strings.HasPrefix(rest, "<!"), strings.HasPrefix(rest, "<?"):
			return r.fail("Processing instructions and declarations are not supported")
		default:
			child, err := r.element()
			if err != nil {
				return err
			}
			r.tree.link(self, last, child)
			last = child
		}
	}
}

// xmlText collects the text of an element. A single chunk is a substring of the body; several are
// copied.
type xmlText struct {
	first string
	more  []byte
	// stray means that the text has characters other than white space.
	stray bool
	// commented means that there was a comment, and broken that text followed one.
	commented, broken bool
}

// add appends a chunk.
func (t *xmlText) add(chunk string) {
	solid := strings.Trim(chunk, " \t\r\n") != ""
	t.stray = t.stray || solid
	t.broken = t.broken || solid && t.commented
	switch {
	case t.more != nil:
		t.more = append(t.more, chunk...)
	case t.first == "":
		t.first = chunk
	default:
		t.more = append(append(t.more, t.first...), chunk...)
	}
}

func (t *xmlText) String() string {
	if t.more != nil {
		return string(t.more)
	}
	return t.first
}

func (r *xmlReader) chunk(text *xmlText, raw string) error {
	if at := strings.Index(raw, "]]>"); at >= 0 {
		r.pos += at
		return r.fail("A text holds ']]>'")
	}
	chunk, err := r.unescape(raw, r.pos)
	if err != nil {
		return err
	}
	text.add(chunk)
	return nil
}

func (r *xmlReader) cdata(text *xmlText) error {
	rest := r.text[r.pos+len("<![CDATA["):]
	end := strings.Index(rest, "]]>")
	if end < 0 {
		return r.fail("A CDATA section is not closed")
	}
	raw := rest[:end]
	if at := forbidden(raw); at >= 0 {
		r.pos += at
		return r.fail("A text holds a character that XML forbids")
	}
	text.add(lineEnds(raw))
	r.pos += len("<![CDATA[") + end + len("]]>")
	return nil
}

// end parses the rest of an end tag.
func (r *xmlReader) end(prefix, local string) error {
	gotPrefix, gotLocal, err := r.name()
	if err != nil {
		return err
	}
	if gotPrefix != prefix || gotLocal != local {
		return r.fail("The end tag '" + quoted(gotLocal) + "' does not match the start tag '" + quoted(local) + "'")
	}
	r.space()
	if r.pos >= len(r.text) || r.text[r.pos] != '>' {
		return r.fail("A tag is not closed")
	}
	r.pos++
	return nil
}

// forbidden returns the position of the first character that XML 1.0 forbids, or -1.
func forbidden(text string) int {
	for i := range len(text) {
		c := text[i]
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return i
		}
		// U+FFFE and U+FFFF are EF BF BE and EF BF BF.
		if c == 0xEF && i+2 < len(text) && text[i+1] == 0xBF && text[i+2] >= 0xBE {
			return i
		}
	}
	return -1
}

// lineEnds converts all line ends to line feeds, as XML requires.
func lineEnds(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// unescape decodes the references in a text that starts at offset.
func (r *xmlReader) unescape(raw string, offset int) (string, error) {
	if at := forbidden(raw); at >= 0 {
		return "", &syntaxError{text: "A text holds a character that XML forbids", offset: offset + at}
	}
	raw = lineEnds(raw)
	at := strings.IndexByte(raw, '&')
	if at < 0 {
		return raw, nil
	}
	out := make([]byte, 0, len(raw))
	rest := raw
	// high is the first half of a surrogate pair given as two references, which the framework
	// allows.
	var high rune
	for at >= 0 {
		out = append(out, rest[:at]...)
		name, after, closed := strings.Cut(rest[at+1:], ";")
		char, known := reference(name)
		if !closed || !known {
			return "", &syntaxError{text: "A reference is not valid", offset: offset + len(raw) - len(rest) + at}
		}
		if pair := utf16.DecodeRune(high, char); at == 0 && pair != utf8.RuneError {
			out = utf8.AppendRune(out[:len(out)-len("\uFFFD")], pair)
		} else {
			out = utf8.AppendRune(out, char)
		}
		high = char
		rest = after
		at = strings.IndexByte(rest, '&')
	}
	return string(append(out, rest...)), nil
}

// reference returns the character for `&name;`. As in the framework, a numeric reference may be any
// UTF-16 unit, including those that XML forbids.
func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	number, found := strings.CutPrefix(name, "#")
	if !found {
		return 0, false
	}
	base := 10
	if hex, found := strings.CutPrefix(number, "x"); found {
		number, base = hex, 16
	}
	value, err := strconv.ParseUint(number, base, 32)
	return rune(value), err == nil && value <= utf8.MaxRune
}
