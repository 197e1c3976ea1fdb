package wire

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// formBody holds a form as the framework's value provider does.
type formBody struct {
	tree  *tree
	depth int
	// pairs are sorted by key; pairs with the same key keep their order.
	pairs []formPair
	// scratch is a buffer for building keys.
	scratch []byte
}

// formPair is a value and its key, in the framework's spelling (`a.b[0].c`) and in lower case.
type formPair struct{ key, value string }

func (b *binder) readForm(limits Limits, message model) error {
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

// parse splits the body into pairs.
func (f *formBody) parse(body string, most int) error {
	f.pairs = make([]formPair, 0, min(strings.Count(body, "&")+1, most))
	for more := true; more; {
		var pair string
		pair, body, more = strings.Cut(body, "&")
		if len(f.pairs) == most {
			return &syntaxError{text: "The form has too many keys"}
		}
		name, value, _ := strings.Cut(pair, "=")
		key, ok := f.key(unescape(name))
		if !ok {
			return &syntaxError{text: "A key of the form has a '[' without its ']'"}
		}
		f.pairs = append(f.pairs, formPair{key, unescape(value)})
	}
	slices.SortStableFunc(f.pairs, func(a, b formPair) int { return strings.Compare(a.key, b.key) })
	return nil
}

// key converts a key from jQuery's spelling to that of the model binders: `a[b]` becomes `a.b`,
// `a[0]` stays, and `a[]` becomes `a`.
func (f *formBody) key(name string) (string, bool) {
	name = fold(name)
	open := strings.IndexByte(name, '[')
	if open < 0 {
		return name, true
	}
	out := f.scratch[:0]
	for open >= 0 {
		out = append(out, name[:open]...)
		inside, rest, closed := strings.Cut(name[open+1:], "]")
		switch {
		case !closed:
			return "", false
		case inside == "":
		case inside[0] >= '0' && inside[0] <= '9':
			out = append(out, name[open:open+1+len(inside)+1]...)
		default:
			out = append(append(out, '.'), inside...)
		}
		name = rest
		open = strings.IndexByte(name, '[')
	}
	f.scratch = append(out, name...)
	return string(f.scratch), true
}

// unescape decodes `+` and `%XX`. Invalid escapes stay unchanged, and invalid UTF-8 becomes U+FFFD.
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

// from returns the index of the first pair whose key is not less than key.
func (f *formBody) from(key []byte) int {
	return sort.Search(len(f.pairs), func(i int) bool { return string(key) <= f.pairs[i].key })
}

// lookup returns the pairs with a key.
func (f *formBody) lookup(key []byte) []formPair {
	start := f.from(key)
	end := start
	for end < len(f.pairs) && f.pairs[end].key == string(key) {
		end++
	}
	return f.pairs[start:end]
}

// contains reports whether there is a key equal to prefix or below it.
func (f *formBody) contains(prefix []byte) bool {
	if len(f.lookup(prefix)) > 0 {
		return true
	}
	for _, separator := range []byte{'.', '['} {
		f.scratch = append(append(f.scratch[:0], prefix...), separator)
		at := f.from(f.scratch)
		if at < len(f.pairs) && strings.HasPrefix(f.pairs[at].key, string(f.scratch)) {
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
	pairs := f.lookup(key)
	if len(pairs) == 0 {
		return none, false, nil
	}
	index, err := f.add(node{kind: kindString, text: pairs[0].value})
	if err == nil && len(pairs) > 1 {
		f.attempt(index, pairs)
	}
	return index, true, err
}

// attempt records all values of a repeated key, for the error message about the first.
func (f *formBody) attempt(index int32, pairs []formPair) {
	values := make([]string, len(pairs))
	for i, pair := range pairs {
		values[i] = pair.value
	}
	if f.tree.attempts == nil {
		f.tree.attempts = map[int32]string{}
	}
	f.tree.attempts[index] = strings.Join(values, ",")
}

// list builds a list from the values of its own key; otherwise from the indexes that `key.index`
// lists; otherwise from the indexes from 0 up to the first gap.
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
	if pairs := f.lookup([]byte(key)); len(pairs) > 0 {
		for _, pair := range pairs {
			item, err := f.simpleItem(key, pair.value, items)
			if err != nil {
				return none, err
			}
			push(item)
		}
		return self, nil
	}
	names := f.lookup([]byte(key + ".index"))
	for at := 0; len(names) == 0 || at < len(names); at++ {
		name := strconv.Itoa(at)
		if len(names) > 0 {
			name = fold(names[at].value)
		}
		item, found, err := f.item([]byte(key+"["+name+"]"), items)
		if err == nil && !found && len(names) > 0 {
			item, err = f.add(node{kind: kindNull})
		}
		if err != nil {
			return none, err
		}
		if !found && len(names) == 0 {
			break
		}
		push(item)
	}
	return self, nil
}

// simpleItem builds an item from a value under the list's own key: the value itself, or a model of
// all keys with that prefix.
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
