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

// find returns the site of a request, and the request with its path as the site's mux expects it.
// It removes the prefix of native sites. For vendors it uses the vendor's spelling of literal
// segments, drops trailing slashes, and converts the method to upper case.
func (f *front) find(r *http.Request) (*site, *http.Request) {
	found := *r
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if at, ok := f.native[first]; ok {
		found.URL = &url.URL{
			Path: strings.TrimPrefix(r.URL.Path, at.prefix), RawPath: strings.TrimPrefix(r.URL.RawPath, at.prefix), RawQuery: r.URL.RawQuery,
		}
		return at.site, &found
	}
	parts := strings.Split(strings.TrimRight(strings.TrimPrefix(r.URL.Path, "/"), "/"), "/")
	site := f.vendor.spell(parts)
	found.Method = strings.ToUpper(r.Method)
	found.URL = &url.URL{Path: "/" + strings.Join(parts, "/"), RawQuery: r.URL.RawQuery}
	return site, &found
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
}

func newNode(literal string, owner *site) *node {
	return &node{literal: literal, below: map[string]*node{}, site: owner}
}

// add adds a path given by its literals, with "" for a variable. Nodes shared by several sites are
// unclaimed.
func (n *node) add(literals []string, owner, unclaimed *site) {
	for _, literal := range literals {
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
}

// spell replaces literal segments with the vendor's spelling as far as the tree matches, and
// returns the site of the last matching node.
func (n *node) spell(parts []string) *site {
	for i, part := range parts {
		next, isLiteral := n.below[strings.ToLower(part)]
		if isLiteral {
			parts[i] = next.literal
		} else {
			next = n.value
		}
		if next == nil {
			break
		}
		n = next
	}
	return n.site
}
