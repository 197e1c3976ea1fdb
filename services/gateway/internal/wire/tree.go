package wire

import "sync"

// kind is the type of a node.
type kind uint8

const (
	// kindNull is JSON null, or a listed but missing item of a form's list.
	kindNull kind = iota
	// kindUndefined is JavaScript's undefined, or a missing value between two commas.
	kindUndefined
	kindBool
	// kindNumber is a number; its text is as written.
	kindNumber
	// kindWord is NaN, Infinity or -Infinity.
	kindWord
	kindString
	kindObject
	kindArray
	// kindConstructor is JavaScript's `new Name(...)`, which binds to nothing.
	kindConstructor
	// kindElement is an XML element.
	kindElement
)

// nilState is the value of an element's xsi:nil.
type nilState uint8

const (
	nilAbsent nilState = iota
	nilTrue
	nilInvalid
)

// none stands for no node. Index 0 is the root, which is never a child or sibling.
const none int32 = 0

// node is a value, a member or an element.
type node struct {
	// name is the name of a member or the local name of an element.
	name string
	// text is the text of a scalar, or of an element without child elements.
	text        string
	first, next int32
	kind        kind
	// nil is the element's xsi:nil.
	nil nilState
	// foreign means that an element is not in the model's namespace.
	foreign bool
	// stray means that an element has text other than white space; broken means that such text
	// follows a comment.
	stray, broken bool
}

// shown returns a value for use in a message.
func (n *node) shown() string {
	switch n.kind {
	case kindObject:
		return "{...}"
	case kindArray:
		return "[...]"
	case kindNull:
		return "null"
	case kindUndefined, kindConstructor:
		return "undefined"
	default:
		return n.text
	}
}

// tree is a parsed body. Node 0 is the root.
type tree struct {
	nodes []node
	// types holds the xsi:type of elements that have one.
	types map[int32]xmlType
	// attempts holds all values of a form's repeated key, in the framework's format.
	attempts map[int32]string
	most     int
	// path is memory for the path of who binds the tree.
	path [8]step
}

// xmlType is an element's xsi:type.
type xmlType struct{ space, local string }

var trees = sync.Pool{New: func() any { return &tree{nodes: make([]node, 0, 64)} }}

// newTree returns an empty tree for at most `most` nodes; free recycles it. It has room for the
// expected number, so that a large one is never copied.
func newTree(most, expected int) *tree {
	t := trees.Get().(*tree)
	t.most = most
	if expected = min(most, expected); expected > cap(t.nodes) {
		t.nodes = make([]node, 0, expected)
	}
	return t
}

func (t *tree) free() {
	const kept = 4096
	if cap(t.nodes) > kept {
		return
	}
	clear(t.nodes)
	t.nodes = t.nodes[:0]
	t.types, t.attempts = nil, nil
	trees.Put(t)
}

// add appends a node and returns its index. It returns false if the tree is full.
func (t *tree) add(n node) (int32, bool) {
	if len(t.nodes) >= t.most {
		return none, false
	}
	t.nodes = append(t.nodes, n)
	return int32(len(t.nodes) - 1), true
}

// link makes child the last child of parent; last is the previous sibling.
func (t *tree) link(parent, last, child int32) {
	if last == none {
		t.nodes[parent].first = child
	} else {
		t.nodes[last].next = child
	}
}
