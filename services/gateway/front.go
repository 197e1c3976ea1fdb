package gateway

import (
	"net/http"
	"net/url"
	"strings"
)

// front finds the site of a path.
type front struct {
	// native holds the sites of the native API by the first segment of their paths.
	native map[string]mount
	// vendor is the tree of all vendor paths.
	vendor *node
	// unclaimed handles paths that belong to no contract or to several.
	unclaimed *site
}

// mount is a site and the prefix of its paths, which the site's mux does not see.
type mount struct {
	site   *site
	prefix string
}

// find finds the site of a request. For native sites it removes their prefix from the path of the request.
// For vendors it finds the segments of the path, without trailing slashes and with the vendor's spelling of
// literals, and their node, and makes the method upper case.
func (f *front) find(v *requestState, r *http.Request) {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if at, ok := f.native[first]; ok {
		r.URL = &url.URL{
			Path: strings.TrimPrefix(r.URL.Path, at.prefix), RawPath: strings.TrimPrefix(r.URL.RawPath, at.prefix), RawQuery: r.URL.RawQuery,
		}
		v.site = at.site
		return
	}
	v.parts = v.room[:0]
	for part := range strings.SplitSeq(strings.TrimRight(strings.TrimPrefix(r.URL.Path, "/"), "/"), "/") {
		v.parts = append(v.parts, part)
	}
	v.site, v.node = f.vendor.spell(v.parts)
	r.Method = strings.ToUpper(r.Method)
}

// node is a node in the tree of vendor paths.
type node struct {
	// literal is the vendor's spelling of the segment.
	literal string
	// below holds the child nodes of literal segments, by their lower-case spelling. value is the
	// child for any other segment.
	below map[string]*node
	value *node
	// site is the site that owns the node.
	site *site
	// calls are the operations of the path that ends here, by their methods.
	calls map[string]*contractCall
}

func newNode(literal string, owner *site) *node {
	return &node{literal: literal, below: map[string]*node{}, site: owner, calls: map[string]*contractCall{}}
}

// add adds an operation. Nodes shared by several sites are unclaimed.
func (n *node) add(operation *contractCall, owner, unclaimed *site) {
	for _, literal := range operation.Literals() { // "" for a variable
		next := n.value
		if literal != "" {
			next = n.below[strings.ToLower(literal)]
		}
		if next == nil {
			next = newNode(literal, owner)
			if literal == "" {
				n.value = next
			} else {
				n.below[strings.ToLower(literal)] = next
			}
		}
		if next.site != owner {
			next.site = unclaimed
		}
		n = next
	}
	n.calls[operation.HTTPMethod] = operation
}

// spell replaces literal segments with the vendor's spelling as far as the tree matches, and returns the
// site of the last matching node. end is that node, or nil if it does not match the whole path.
func (n *node) spell(parts []string) (owner *site, end *node) {
	for i, part := range parts {
		next := n.value
		if len(n.below) > 0 {
			if literal, found := n.below[strings.ToLower(part)]; found {
				next, parts[i] = literal, literal.literal
			}
		}
		if next == nil {
			return n.site, nil
		}
		n = next
	}
	return n.site, n
}
