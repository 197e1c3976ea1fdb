package wire

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// jsonReader parses JSON into a tree, either strictly or as Json.NET does.
type jsonReader struct {
	text   string
	pos    int
	tree   *tree
	strict bool
	depth  int
}

// readJSON fills the tree. It returns false if the text contains no value.
func readJSON(text string, strict bool, limits Limits, into *tree) (bool, error) {
	r := jsonReader{text: text, tree: into, strict: strict, depth: limits.Depth}
	if err := r.space(true); err != nil {
		return false, err
	}
	if r.pos == len(text) {
		return false, nil
	}
	if _, err := r.value(""); err != nil {
		return false, err
	}
	if strict {
		if err := r.space(true); err != nil {
			return false, err
		}
		if r.pos < len(text) {
			return false, r.unexpected("after the end of the value")
		}
	}
	return true, nil
}

func (r *jsonReader) fail(text string) error { return &syntaxError{text: text, offset: r.pos} }

// unexpected returns the error for the current character, or for the end of the text.
func (r *jsonReader) unexpected(where string) error {
	if r.pos >= len(r.text) {
		return r.fail("The body ends too early, " + where)
	}
	char, _ := utf8.DecodeRuneInString(r.text[r.pos:])
	return r.fail("Unexpected character '" + string(char) + "' " + where)
}

// space skips white space and, if allowed, comments.
func (r *jsonReader) space(comments bool) error {
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			r.pos++
		case r.strict:
			return nil
		case c == 0 || c == '\v' || c == '\f':
			r.pos++
		case c == '/' && comments:
			if err := r.comment(); err != nil {
				return err
			}
		case c >= utf8.RuneSelf:
			char, size := utf8.DecodeRuneInString(r.text[r.pos:])
			if !unicode.IsSpace(char) {
				return nil
			}
			r.pos += size
		default:
			return nil
		}
	}
	return nil
}

func (r *jsonReader) comment() error {
	rest := r.text[r.pos:]
	switch {
	case strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest[2:], "*/")
		if end < 0 {
			return r.fail("A comment is not closed")
		}
		r.pos += 2 + end + 2
	case strings.HasPrefix(rest, "//"):
		end := strings.IndexAny(rest, "\r\n")
		if end < 0 {
			end = len(rest)
		}
		r.pos += end
	default:
		return r.unexpected("where a comment could start")
	}
	return nil
}

// value parses the value at the current position.
func (r *jsonReader) value(name string) (int32, error) {
	if r.pos >= len(r.text) {
		return none, r.unexpected("where a value should be")
	}
	switch c := r.text[r.pos]; {
	case c == '"' || c == '\'' && !r.strict:
		text, err := r.quoted()
		if err != nil {
			return none, err
		}
		return r.add(node{name: name, kind: kindString, text: text})
	case c == '{':
		return r.object(name)
	case c == '[':
		r.pos++
		return r.items(node{name: name, kind: kindArray}, ']')
	case c == '-' && strings.HasPrefix(r.text[r.pos:], "-I") && !r.strict:
		return r.word(name, "-Infinity", kindWord)
	case c == '-' || c >= '0' && c <= '9' || c == '.' && !r.strict:
		return r.number(name)
	case c == 't':
		return r.word(name, "true", kindBool)
	case c == 'f':
		return r.word(name, "false", kindBool)
	case c == 'n' && strings.HasPrefix(r.text[r.pos:], "ne") && !r.strict:
		return r.constructor(name)
	case c == 'n':
		return r.word(name, "null", kindNull)
	case r.strict:
		return none, r.unexpected("where a value should be")
	case c == 'N':
		return r.word(name, "NaN", kindWord)
	case c == 'I':
		return r.word(name, "Infinity", kindWord)
	case c == 'u':
		return r.word(name, "undefined", kindUndefined)
	case c == ',':
		return r.add(node{name: name, kind: kindUndefined})
	default:
		return none, r.unexpected("where a value should be")
	}
}

func (r *jsonReader) add(n node) (int32, error) {
	index, ok := r.tree.add(n)
	if !ok {
		return none, r.fail("The body has too many values")
	}
	return index, nil
}

// word parses a keyword, which must be followed by a separator.
func (r *jsonReader) word(name, word string, as kind) (int32, error) {
	if !strings.HasPrefix(r.text[r.pos:], word) {
		return none, r.unexpected("where a value should be")
	}
	start := r.pos
	r.pos += len(word)
	if !r.atSeparator() {
		return none, r.unexpected("after '" + word + "'")
	}
	return r.add(node{name: name, kind: as, text: r.text[start:r.pos]})
}

// atSeparator reports whether a keyword or number may end here.
func (r *jsonReader) atSeparator() bool {
	if r.pos >= len(r.text) {
		return true
	}
	switch c := r.text[r.pos]; c {
	case ',', '}', ']', ' ', '\t', '\n', '\r':
		return true
	case ')', '/':
		return !r.strict
	default:
		if r.strict {
			return false
		}
		char, _ := utf8.DecodeRuneInString(r.text[r.pos:])
		return unicode.IsSpace(char)
	}
}

func (r *jsonReader) number(name string) (int32, error) {
	start := r.pos
	for r.pos < len(r.text) && isNumberChar(r.text[r.pos]) {
		r.pos++
	}
	if !r.atSeparator() {
		return none, r.unexpected("in a number")
	}
	text := r.text[start:r.pos]
	valid := isJSONNumber(text)
	if !r.strict && (!valid || strings.ContainsAny(text, "eE")) {
		valid = isNetNumber(text)
	}
	if !valid {
		r.pos = start
		return none, r.fail("'" + quoted(text) + "' is not a number")
	}
	return r.add(node{name: name, kind: kindNumber, text: text})
}

func isNumberChar(c byte) bool {
	switch {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'x', c == 'X':
		return true
	default:
		c |= 0x20
		return c >= 'a' && c <= 'f'
	}
}

// object parses an object. Json.NET allows a trailing comma.
func (r *jsonReader) object(name string) (int32, error) {
	self, err := r.open(node{name: name, kind: kindObject})
	if err != nil {
		return none, err
	}
	r.pos++
	last := none
	for {
		if err := r.space(true); err != nil {
			return none, err
		}
		if r.pos < len(r.text) && r.text[r.pos] == '}' && (!r.strict || last == none) {
			return r.close(self), nil
		}
		member, err := r.member()
		if err != nil {
			return none, err
		}
		r.tree.link(self, last, member)
		last = member
		more, err := r.comma('}')
		if err != nil {
			return none, err
		}
		if !more {
			return r.close(self), nil
		}
	}
}

// items parses the items of an array or the arguments of a constructor, after the opening bracket.
func (r *jsonReader) items(as node, closing byte) (int32, error) {
	self, err := r.open(as)
	if err != nil {
		return none, err
	}
	last := none
	for {
		if err := r.space(true); err != nil {
			return none, err
		}
		if r.pos < len(r.text) && r.text[r.pos] == closing && (!r.strict || last == none) {
			return r.close(self), nil
		}
		item, err := r.value("")
		if err != nil {
			return none, err
		}
		r.tree.link(self, last, item)
		last = item
		more, err := r.comma(closing)
		if err != nil {
			return none, err
		}
		if !more {
			return r.close(self), nil
		}
	}
}

func (r *jsonReader) open(n node) (int32, error) {
	if r.depth == 0 {
		return none, r.fail("The body is nested too deeply")
	}
	r.depth--
	return r.add(n)
}

func (r *jsonReader) close(self int32) int32 {
	r.pos++
	r.depth++
	return self
}

// comma parses what follows a member or item. It reports true after a comma, and false before the
// closing bracket, which it does not consume.
func (r *jsonReader) comma(closing byte) (bool, error) {
	if err := r.space(true); err != nil {
		return false, err
	}
	if r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ',':
			r.pos++
			return true, nil
		case closing:
			return false, nil
		}
	}
	return false, r.unexpected("after a value")
}

func (r *jsonReader) member() (int32, error) {
	name, err := r.memberName()
	if err != nil {
		return none, err
	}
	if err := r.space(false); err != nil {
		return none, err
	}
	if r.pos >= len(r.text) || r.text[r.pos] != ':' {
		return none, r.unexpected("where a ':' should be")
	}
	r.pos++
	if err := r.space(true); err != nil {
		return none, err
	}
	return r.value(name)
}

func (r *jsonReader) memberName() (string, error) {
	if r.pos < len(r.text) && (r.text[r.pos] == '"' || r.text[r.pos] == '\'' && !r.strict) {
		return r.quoted()
	}
	start := r.pos
	for !r.strict && r.pos < len(r.text) {
		char, size := utf8.DecodeRuneInString(r.text[r.pos:])
		if !isIdentifierChar(char) {
			break
		}
		r.pos += size
	}
	if start == r.pos {
		return "", r.unexpected("where a member's name should be")
	}
	return r.text[start:r.pos], nil
}

func isIdentifierChar(char rune) bool {
	return char == '_' || char == '$' || unicode.IsLetter(char) || unicode.Is(unicode.Nd, char)
}

func (r *jsonReader) constructor(name string) (int32, error) {
	rest, found := strings.CutPrefix(r.text[r.pos:], "new")
	if !found || rest == "" || !unicode.IsSpace(rune(rest[0])) {
		return none, r.unexpected("where a value should be")
	}
	r.pos += len("new")
	if err := r.space(false); err != nil {
		return none, err
	}
	if _, err := r.memberName(); err != nil {
		return none, err
	}
	if err := r.space(false); err != nil {
		return none, err
	}
	if r.pos >= len(r.text) || r.text[r.pos] != '(' {
		return none, r.unexpected("in a constructor")
	}
	r.pos++
	return r.items(node{name: name, kind: kindConstructor}, ')')
}
