package gateway

import (
	"net/http"
	"net/url"
	"strings"
)

// front knows to which site a path belongs.
type front struct {
	// native are the sites of the native API by the first segment of their paths.
	native map[string]*site
	// vendor are the paths of all vendors.
	vendor *node
	// unclaimed answers for the paths that no contract has, or several.
	unclaimed *site
}

// find returns the site of a request, and the request with its path as the site's mux spells it: without the prefix of a native
// site; with a vendor's own spelling of the segments that are no values, without slashes at its end, and with the method in upper
// case.
func (f *front) find(r *http.Request) (*site, *http.Request) {
	found := *r
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if site, ok := f.native[first]; ok {
		found.URL = &url.URL{
			Path: strings.TrimPrefix(r.URL.Path, "/"+first), RawPath: strings.TrimPrefix(r.URL.RawPath, "/"+first), RawQuery: r.URL.RawQuery,
		}
		return site, &found
	}
	parts := strings.Split(strings.TrimRight(strings.TrimPrefix(r.URL.Path, "/"), "/"), "/")
	site := f.vendor.spell(parts)
	found.Method = strings.ToUpper(r.Method)
	found.URL = &url.URL{Path: "/" + strings.Join(parts, "/"), RawQuery: r.URL.RawQuery}
	return site, &found
}

// node is a place in the tree of the vendors' paths.
type node struct {
	// literal is how the vendor spells the segment that leads here.
	literal string
	// below are the nodes that literals lead to, by their spelling in lower case, and value the one that any other segment does.
	below map[string]*node
	value *node
	// site is the one whose paths lead through here.
	site *site
}

func newNode(literal string, owner *site) *node {
	return &node{literal: literal, below: map[string]*node{}, site: owner}
}

// add adds a site's path, given by its literals, "" for a value. What several sites have is unclaimed.
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

// spell gives the literals among the segments of a path their own spelling, as far as the path leads, and returns the site of the
// place that it leads to.
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
