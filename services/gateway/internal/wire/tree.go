package wire

import "sync"

// kind is what a node of the tree is.
type kind uint8

const (
	// kindNull is JSON's null, and an item of a form's list that is named but not there.
	kindNull kind = iota
	// kindUndefined is JavaScript's undefined and what is missing between two commas.
	kindUndefined
	kindBool
	// kindNumber's text is the number as it was written.
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

// nilState is what an element's xsi:nil says.
type nilState uint8

const (
	nilAbsent nilState = iota
	nilTrue
	nilInvalid
)

// none is the index of no node: the root is nobody's child or sibling.
const none int32 = 0

// node is a value, a member or an element.
type node struct {
	// name of a member or the local name of an element.
	name string
	// text of a scalar, or of an element with no child elements.
	text        string
	first, next int32
	kind        kind
	// nil is the element's xsi:nil.
	nil nilState
	// foreign says that an element is not in the model's namespace.
	foreign bool
	// stray says that an element has text other than white space, broken that such text comes after a comment.
	stray, broken bool
}

// shown is a value for a message.
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

// tree is a body. Node 0 is the root.
type tree struct {
	nodes []node
	// types holds the xsi:type of the few elements that have one.
	types map[int32]xmlType
	// attempts holds all values of a form's repeated key, as the framework shows them.
	attempts map[int32]string
	most     int
}

// xmlType is an element's xsi:type.
type xmlType struct{ space, local string }

var trees = sync.Pool{New: func() any { return &tree{nodes: make([]node, 0, 64)} }}

// newTree returns an empty tree of at most most nodes; free gives it back.
func newTree(most int) *tree {
	t := trees.Get().(*tree)
	t.most = most
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

// add appends a node and returns its index, or false where the tree is full.
func (t *tree) add(n node) (int32, bool) {
	if len(t.nodes) >= t.most {
		return none, false
	}
	t.nodes = append(t.nodes, n)
	return int32(len(t.nodes) - 1), true
}

// link makes child the last child of parent; last is the one before it.
func (t *tree) link(parent, last, child int32) {
	if last == none {
		t.nodes[parent].first = child
	} else {
		t.nodes[last].next = child
	}
}
