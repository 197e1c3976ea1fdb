package wire

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// formBody is a form as the framework's value provider holds it.
type formBody struct {
	tree  *tree
	depth int
	// keys in the framework's own spelling (`a.b[0].c`), in lower case and sorted.
	keys []formKey
	// probe is the key being looked up.
	probe []byte
}

// formKey is a key with its values, in the order they came.
type formKey struct {
	key    string
	values []string
}

func (b *binder) readForm(limits Limits, message protoreflect.Message) error {
	form := formBody{tree: b.tree, depth: limits.Depth}
	if err := form.parse(b.text, limits.Keys); err != nil {
		return err
	}
	if b.plan.items != nil {
		return &syntaxError{text: "A form does not hold a list"}
	}
	root, err := form.model("", b.plan)
	if err != nil {
		return err
	}
	b.jsonObject(message, b.plan, root)
	b.validate(message, b.plan)
	return nil
}

// parse takes the body apart.
func (f *formBody) parse(body string, most int) error {
	found := make(map[string]int, strings.Count(body, "&")+1)
	for pairs := 0; ; pairs++ {
		pair, rest, more := strings.Cut(body, "&")
		if pairs == most {
			return &syntaxError{text: "The form has too many keys"}
		}
		name, value, _ := strings.Cut(pair, "=")
		if more || pair != "" || pairs == 0 {
			key, ok := modelBinderKey(unescape(name))
			if !ok {
				return &syntaxError{text: "A key of the form has a '[' without its ']'"}
			}
			at, known := found[key]
			if !known {
				at = len(f.keys)
				found[key] = at
				f.keys = append(f.keys, formKey{key: key})
			}
			f.keys[at].values = append(f.keys[at].values, unescape(value))
		}
		if !more {
			break
		}
		body = rest
	}
	slices.SortFunc(f.keys, func(a, b formKey) int { return strings.Compare(a.key, b.key) })
	return nil
}

// modelBinderKey turns jQuery's spelling of a key into the model binders': `a[b]` is `a.b`, `a[0]` stays, `a[]` is `a`.
func modelBinderKey(key string) (string, bool) {
	key = fold(key)
	open := strings.IndexByte(key, '[')
	if open < 0 {
		return key, true
	}
	var out []byte
	for open >= 0 {
		out = append(out, key[:open]...)
		inside, rest, closed := strings.Cut(key[open+1:], "]")
		switch {
		case !closed:
			return "", false
		case inside == "":
		case inside[0] >= '0' && inside[0] <= '9':
			out = append(append(append(out, '['), inside...), ']')
		default:
			out = append(append(out, '.'), inside...)
		}
		key = rest
		open = strings.IndexByte(key, '[')
	}
	return string(append(out, key...)), true
}

// unescape decodes `+` and `%XX`; what is no escape stays as it is, and what is no UTF-8 becomes U+FFFD.
func unescape(text string) string {
	if strings.IndexByte(text, '+') < 0 && strings.IndexByte(text, '%') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '+' {
			c = ' '
		} else if c == '%' && i+2 < len(text) {
			high, ok := hexDigit(text[i+1])
			low, also := hexDigit(text[i+2])
			if ok && also {
				c = high<<4 | low
				i += 2
			}
		}
		out = append(out, c)
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// lookup returns the values of a key.
func (f *formBody) lookup(key []byte) []string {
	at, found := sort.Find(len(f.keys), func(i int) int { return compareKey(key, f.keys[i].key) })
	if !found {
		return nil
	}
	return f.keys[at].values
}

func compareKey(key []byte, other string) int {
	if length := min(len(key), len(other)); string(key[:length]) != other[:length] {
		return strings.Compare(string(key[:length]), other[:length])
	}
	return len(key) - len(other)
}

// contains says whether there is a key, or one below it.
func (f *formBody) contains(prefix []byte) bool {
	if f.lookup(prefix) != nil {
		return true
	}
	for _, separator := range []byte{'.', '['} {
		f.probe = append(append(f.probe[:0], prefix...), separator)
		at := sort.Search(len(f.keys), func(i int) bool { return compareKey(f.probe, f.keys[i].key) <= 0 })
		if at < len(f.keys) && strings.HasPrefix(f.keys[at].key, string(f.probe)) {
			return true
		}
	}
	return false
}

// model builds the object of the members below a prefix.
func (f *formBody) model(prefix string, plan *modelPlan) (int32, error) {
	if f.depth == 0 {
		return none, &syntaxError{text: "The form is nested too deeply"}
	}
	f.depth--
	defer func() { f.depth++ }()
	self, err := f.add(node{kind: kindObject})
	if err != nil {
		return none, err
	}
	last := none
	key := append(make([]byte, 0, len(prefix)+64), prefix...)
	if prefix != "" {
		key = append(key, '.')
	}
	for _, field := range plan.fields {
		member, found, err := f.member(append(key, field.folded...), field)
		if err != nil {
			return none, err
		}
		if !found {
			continue
		}
		f.tree.nodes[member].name = field.json
		f.tree.link(self, last, member)
		last = member
	}
	return self, nil
}

func (f *formBody) add(n node) (int32, error) {
	index, ok := f.tree.add(n)
	if !ok {
		return none, &syntaxError{text: "The form has too many values"}
	}
	return index, nil
}

func (f *formBody) member(key []byte, field *fieldPlan) (int32, bool, error) {
	if items := field.listItems(); items != nil {
		if !f.contains(key) {
			return none, false, nil
		}
		index, err := f.list(string(key), items)
		return index, true, err
	}
	if field.kind == valueMessage {
		if !f.contains(key) {
			return none, false, nil
		}
		index, err := f.model(string(key), field.message)
		return index, true, err
	}
	return f.scalar(key)
}

func (f *formBody) scalar(key []byte) (int32, bool, error) {
	values := f.lookup(key)
	if values == nil {
		return none, false, nil
	}
	index, err := f.add(node{kind: kindString, text: values[0]})
	if err == nil && len(values) > 1 {
		if f.tree.attempts == nil {
			f.tree.attempts = map[int32]string{}
		}
		f.tree.attempts[index] = strings.Join(values, ",")
	}
	return index, true, err
}

// list builds a list: of the values of its own key, else of the indexes that `key.index` names, else of the indexes from 0 up
// to the first that is not there.
func (f *formBody) list(key string, items *fieldPlan) (int32, error) {
	self, err := f.add(node{kind: kindArray})
	if err != nil {
		return none, err
	}
	last := none
	push := func(item int32) {
		f.tree.link(self, last, item)
		last = item
	}
	if values := f.lookup([]byte(key)); values != nil {
		for _, value := range values {
			item, err := f.simpleItem(key, value, items)
			if err != nil {
				return none, err
			}
			push(item)
		}
		return self, nil
	}
	names := f.lookup([]byte(key + ".index"))
	for at := 0; names == nil || at < len(names); at++ {
		name := strconv.Itoa(at)
		if names != nil {
			name = names[at]
		}
		item, found, err := f.item([]byte(fold(key+"["+name+"]")), items)
		if err == nil && !found && names != nil {
			item, err = f.add(node{kind: kindNull})
		}
		if err != nil {
			return none, err
		}
		if !found && names == nil {
			break
		}
		push(item)
	}
	return self, nil
}

// simpleItem is an item for a value given under the list's own key: the value, or a model of whatever else has that key as
// its prefix.
func (f *formBody) simpleItem(key, value string, items *fieldPlan) (int32, error) {
	if items.kind == valueMessage {
		return f.model(key, items.message)
	}
	return f.add(node{kind: kindString, text: value})
}

func (f *formBody) item(key []byte, items *fieldPlan) (int32, bool, error) {
	if items.kind != valueMessage {
		return f.scalar(key)
	}
	if !f.contains(key) {
		return none, false, nil
	}
	index, err := f.model(string(key), items.message)
	return index, true, err
}
