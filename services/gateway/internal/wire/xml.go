package wire

import (
	"strings"
	"unicode/utf8"
)

const (
	instanceSpace = "http://www.w3.org/2001/XMLSchema-instance"
	xmlSpace      = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace    = "http://www.w3.org/2000/xmlns/"
)

const (
	// maxAttributes limits the attributes of an element, since each is compared with the others.
	maxAttributes = 128
	// maxBindings limits the prefixes in scope, since they are searched for each element.
	maxBindings = 256
)

// xmlReader parses XML 1.0 with namespaces into a tree, as the framework's XmlDictionaryReader
// does: without document types, processing instructions and custom entities.
type xmlReader struct {
	text  string
	pos   int
	tree  *tree
	depth int
	// model is the namespace of the model.
	model string
	// bindings are the prefixes in scope, innermost last.
	bindings []binding
	// attributes are those of the current tag.
	attributes []attribute
}

type binding struct{ prefix, space string }

type attribute struct{ prefix, local, value string }

// readXML fills the tree. It marks elements that are not in the namespace space.
func readXML(text, space string, limits Limits, into *tree) error {
	r := xmlReader{text: text, tree: into, depth: limits.Depth, model: space}
	if err := r.declaration(); err != nil {
		return err
	}
	if err := r.between(); err != nil {
		return err
	}
	if r.pos >= len(text) || text[r.pos] != '<' {
		return r.fail("An element is expected")
	}
	if _, err := r.element(); err != nil {
		return err
	}
	if err := r.between(); err != nil {
		return err
	}
	if r.pos < len(text) {
		return r.fail("Something follows the root element")
	}
	return nil
}

func (r *xmlReader) fail(text string) error { return &syntaxError{text: text, offset: r.pos} }

// declaration parses the XML declaration, which is allowed only at the very start.
func (r *xmlReader) declaration() error {
	rest, found := strings.CutPrefix(r.text, "<?xml")
	if !found || rest == "" || !isXMLSpace(rest[0]) {
		return nil
	}
	end := strings.Index(rest, "?>")
	if end < 0 {
		return r.fail("The XML declaration is not closed")
	}
	content := rest[:end]
	for position, name := range []string{"version", "encoding", "standalone"} {
		value, after, found, ok := pseudoAttribute(content, name)
		if !ok || !found && position == 0 {
			return r.fail("The XML declaration is not valid")
		}
		if !found {
			continue
		}
		content = after
		switch {
		case name == "version" && value != "1.0":
			return r.fail("Only XML 1.0 is read")
		case name == "encoding" && !strings.EqualFold(value, "utf-8") && !strings.EqualFold(value, "utf-16"):
			return r.fail("The encoding '" + quoted(value) + "' is not that of the body")
		case name == "standalone" && value != "yes" && value != "no":
			return r.fail("The XML declaration is not valid")
		}
	}
	if strings.Trim(content, " \t\r\n") != "" {
		return r.fail("The XML declaration is not valid")
	}
	r.pos = len("<?xml") + end + len("?>")
	return nil
}

// pseudoAttribute parses ` name="value"` at the start of content, if present.
func pseudoAttribute(content, name string) (value, rest string, found, ok bool) {
	trimmed := strings.TrimLeft(content, " \t\r\n")
	rest, found = strings.CutPrefix(trimmed, name)
	if !found {
		return "", content, false, true
	}
	rest, equals := strings.CutPrefix(strings.TrimLeft(rest, " \t\r\n"), "=")
	rest = strings.TrimLeft(rest, " \t\r\n")
	if !equals || len(trimmed) == len(content) || rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return "", "", true, false
	}
	value, rest, ok = strings.Cut(rest[1:], rest[:1])
	return value, rest, true, ok
}

// between skips white space and comments outside the root element.
func (r *xmlReader) between() error {
	for {
		r.space()
		switch rest := r.text[r.pos:]; {
		case strings.HasPrefix(rest, "<!--"):
			if err := r.comment(); err != nil {
				return err
			}
		case strings.HasPrefix(rest, "<?"):
			return r.fail("Processing instructions are not supported")
		case strings.HasPrefix(rest, "<!"):
			return r.fail("Document type declarations are not supported")
		default:
			return nil
		}
	}
}

func isXMLSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// space skips white space and reports whether there was any.
func (r *xmlReader) space() bool {
	start := r.pos
	for r.pos < len(r.text) && isXMLSpace(r.text[r.pos]) {
		r.pos++
	}
	return r.pos > start
}

func (r *xmlReader) comment() error {
	end := strings.Index(r.text[r.pos+len("<!--"):], "--")
	if end < 0 {
		return r.fail("A comment is not closed")
	}
	r.pos += len("<!--") + end + len("--")
	if r.pos >= len(r.text) || r.text[r.pos] != '>' {
		return r.fail("A comment holds '--'")
	}
	r.pos++
	return nil
}

// element parses the element at the current position with its content.
func (r *xmlReader) element() (int32, error) {
	if r.depth == 0 {
		return none, r.fail("The body is nested too deeply")
	}
	r.depth--
	scope := len(r.bindings)
	r.pos++
	prefix, local, err := r.name()
	if err != nil {
		return none, err
	}
	empty, err := r.tag()
	if err != nil {
		return none, err
	}
	self, err := r.describe(prefix, local)
	if err != nil {
		return none, err
	}
	if !empty {
		if err := r.content(self, prefix, local); err != nil {
			return none, err
		}
	}
	r.bindings = r.bindings[:scope]
	r.depth++
	return self, nil
}

// tag parses the attributes and the end of a start tag, and reports whether it is an empty-element
// tag.
func (r *xmlReader) tag() (empty bool, err error) {
	r.attributes = r.attributes[:0]
	for {
		spaced := r.space()
		if r.pos >= len(r.text) {
			return false, r.fail("A tag is not closed")
		}
		switch c := r.text[r.pos]; {
		case c == '>':
			r.pos++
			return false, nil
		case c == '/':
			r.pos++
			if r.pos >= len(r.text) || r.text[r.pos] != '>' {
				return false, r.fail("A tag is not closed")
			}
			r.pos++
			return true, nil
		case !spaced:
			return false, r.fail("White space is missing between attributes")
		}
		if err := r.attribute(); err != nil {
			return false, err
		}
	}
}

func (r *xmlReader) attribute() error {
	prefix, local, err := r.name()
	if err != nil {
		return err
	}
	r.space()
	if r.pos >= len(r.text) || r.text[r.pos] != '=' {
		return r.fail("An attribute has no value")
	}
	r.pos++
	r.space()
	if r.pos >= len(r.text) || r.text[r.pos] != '"' && r.text[r.pos] != '\'' {
		return r.fail("An attribute's value is not quoted")
	}
	end := strings.IndexByte(r.text[r.pos+1:], r.text[r.pos])
	if end < 0 {
		return r.fail("An attribute's value is not closed")
	}
	raw := r.text[r.pos+1 : r.pos+1+end]
	if strings.IndexByte(raw, '<') >= 0 {
		return r.fail("An attribute's value holds '<'")
	}
	value, err := r.unescape(raw, r.pos+1)
	if err != nil {
		return err
	}
	for _, other := range r.attributes {
		if other.prefix == prefix && other.local == local {
			return r.fail("The attribute '" + quoted(local) + "' is given twice")
		}
	}
	if len(r.attributes) == maxAttributes {
		return r.fail("An element has too many attributes")
	}
	r.attributes = append(r.attributes, attribute{prefix, local, value})
	r.pos += 1 + end + 1
	return r.bind(prefix, local, value)
}

// bind records a namespace declaration.
func (r *xmlReader) bind(prefix, local, value string) error {
	switch {
	case (prefix == "xmlns" || prefix == "" && local == "xmlns") && len(r.bindings) == maxBindings:
		return r.fail("Too many namespaces are declared")
	case prefix == "" && local == "xmlns":
		r.bindings = append(r.bindings, binding{"", value})
	case prefix != "xmlns":
		return nil
	case value == "" || local == "xmlns" || value == xmlnsSpace || (local == "xml") != (value == xmlSpace):
		return r.fail("A prefix is bound to a namespace that it cannot have")
	default:
		r.bindings = append(r.bindings, binding{local, value})
	}
	return nil
}

// resolve returns the namespace of a prefix.
func (r *xmlReader) resolve(prefix string) (string, bool) {
	for i := len(r.bindings) - 1; i >= 0; i-- {
		if r.bindings[i].prefix == prefix {
			return r.bindings[i].space, true
		}
	}
	switch prefix {
	case "":
		return "", true
	case "xml":
		return xmlSpace, true
	default:
		return "", false
	}
}

// describe adds the node for the element whose tag has been parsed.
func (r *xmlReader) describe(prefix, local string) (int32, error) {
	space, known := r.resolve(prefix)
	if !known {
		return none, r.fail("The prefix '" + quoted(prefix) + "' is bound to no namespace")
	}
	n := node{kind: kindElement, name: local, foreign: space != r.model}
	kind := ""
	for _, attribute := range r.attributes {
		if attribute.prefix == "" || attribute.prefix == "xmlns" {
			continue
		}
		space, known := r.resolve(attribute.prefix)
		switch {
		case !known:
			return none, r.fail("The prefix '" + quoted(attribute.prefix) + "' is bound to no namespace")
		case space != instanceSpace:
		case attribute.local == "nil":
			if null, ok := parseXMLBool(attribute.value); !ok {
				n.nil = nilInvalid
			} else if null {
				n.nil = nilTrue
			}
		case attribute.local == "type":
			kind = trimNumber(attribute.value)
		}
	}
	index, ok := r.tree.add(n)
	if !ok {
		return none, r.fail("The body has too many elements")
	}
	if kind != "" {
		return index, r.typed(index, kind)
	}
	return index, nil
}

// typed records an element's xsi:type.
func (r *xmlReader) typed(index int32, name string) error {
	prefix, local, found := strings.Cut(name, ":")
	if !found {
		prefix, local = "", name
	}
	space, known := r.resolve(prefix)
	if !known {
		return r.fail("The prefix '" + quoted(prefix) + "' is bound to no namespace")
	}
	if r.tree.types == nil {
		r.tree.types = map[int32]xmlType{}
	}
	r.tree.types[index] = xmlType{space, local}
	return nil
}

// name parses a name with an optional prefix.
func (r *xmlReader) name() (prefix, local string, err error) {
	local, ok := r.part()
	if ok && r.pos < len(r.text) && r.text[r.pos] == ':' {
		prefix = local
		r.pos++
		local, ok = r.part()
	}
	if !ok {
		return "", "", r.fail("A name is expected")
	}
	return prefix, local, nil
}

// part parses a name without colons.
func (r *xmlReader) part() (string, bool) {
	start := r.pos
	for r.pos < len(r.text) {
		c := r.text[r.pos]
		first := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= utf8.RuneSelf
		later := c >= '0' && c <= '9' || c == '-' || c == '.'
		if !first && (r.pos == start || !later) {
			break
		}
		r.pos++
	}
	return r.text[start:r.pos], r.pos > start
}
