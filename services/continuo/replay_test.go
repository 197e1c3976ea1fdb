package continuo_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// collections are the lists of each service. collectionsBelow are the lists of resources below a
// resource.
var collections = map[string][]string{
	"customer-recurrence": {"customers", "packages"},
	"subscription": {"accounts", "subscriptions", "subscriptionTypes", "groups", "privacyLevels", "products", "installedItems",
		"organisations", "users", "contacts", "accountClassifications", "actionTypes", "billingTermSchemes", "subscriptionActions"},
	"recurring-billing": {"items", "billTos", "masterAccounts", "recurringLines"},
}

var collectionsBelow = map[string][]string{"customers": {"recurrences"}, "recurrences": {"changes"}}

// entry is an entry of the change feed.
type entry struct {
	token, resource, resourceType, kind string
	state                               map[string]any
}

// feedOf returns the whole change feed of a service.
func (in *installation) feedOf(t *testing.T, service string) (entries []entry) {
	t.Helper()
	for _, found := range in.pages(t, "/"+service+"/v1/changes") {
		state, _ := found["state"].(map[string]any)
		delete(state, "@type")
		entries = append(entries, entry{
			token: fmt.Sprint(found["token"]), resource: fmt.Sprint(found["resource"]), resourceType: fmt.Sprint(found["resourceType"]),
			kind: fmt.Sprint(found["kind"]), state: state,
		})
	}
	return entries
}

// settledFeed returns the whole change feed of a service, including all acknowledged changes.
// PostgreSQL publishes a change when all older transactions have ended, so settledFeed makes one
// more change and waits for it.
func (in *installation) settledFeed(t *testing.T, service string) []entry {
	t.Helper()
	last := "settled-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	for _, kind := range changeKinds {
		if c := kind(last); c.service == service {
			headers := map[string]string{"Content-Type": "application/json"}
			if status, _, answer := in.send(t, c.method, c.path, headers, c.body); status >= http.StatusMultipleChoices {
				t.Fatalf("%s %s: status %d: %s", c.method, c.path, status, answer)
			}
			break
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		entries := in.feedOf(t, service)
		if slices.ContainsFunc(entries, func(e entry) bool { return e.markIn(service) == last }) {
			return entries
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: a change was not published", service)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// markIn returns the mark in an entry's state, or "" if its type has none.
func (e entry) markIn(service string) string {
	for _, kind := range changeKinds {
		if c := kind(""); c.service == service && c.resourceType == e.resourceType {
			within, field := e.state, c.field
			if parent, nested, below := strings.Cut(c.field, "."); below {
				within, _ = e.state[parent].(map[string]any)
				field = nested
			}
			mark, _ := within[field].(string)
			return mark
		}
	}
	return ""
}

// pages returns all pages of a list.
func (in *installation) pages(t *testing.T, path string) (all []map[string]any) {
	t.Helper()
	token := ""
	for {
		page := in.get(t, path+"?page_size=1000&page_token="+url.QueryEscape(token))
		token, _ = page["nextPageToken"].(string)
		delete(page, "nextPageToken")
		for _, list := range page {
			elements, _ := list.([]any)
			for _, element := range elements {
				all = append(all, element.(map[string]any))
			}
		}
		if token == "" {
			return all
		}
	}
}

// listed returns every resource in the lists of a service, by name.
func (in *installation) listed(t *testing.T, service string) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	var add func(parent string, collection string)
	add = func(parent string, collection string) {
		for _, resource := range in.pages(t, "/"+service+"/v1/"+parent+collection) {
			name := resource["name"].(string)
			all[name] = resource
			for _, below := range collectionsBelow[collection] {
				add(name+"/", below)
			}
		}
	}
	for _, collection := range collections[service] {
		add("", collection)
	}
	return all
}

// effects replays each service's feed, compares it with the lists, and counts the entries of each
// mark.
func (in *installation) effects(t *testing.T) map[string]int {
	t.Helper()
	marks := map[string]int{}
	for service := range collections {
		replayed := map[string]map[string]any{}
		tokens := map[string]bool{}
		for _, e := range in.settledFeed(t, service) {
			if tokens[e.token] {
				t.Errorf("%s: the feed contains %s of %s twice", service, e.token, e.resource)
			}
			tokens[e.token] = true
			before, known := replayed[e.resource]
			if known != (e.kind != "KIND_CREATED") {
				t.Errorf("%s: got %s with kind %s, known before: %v", service, e.resource, e.kind, known)
			}
			if known && version(e.state) != version(before)+1 {
				t.Errorf("%s: got etag %v of %s after %v", service, e.state["etag"], e.resource, before["etag"])
			}
			if replayed[e.resource] = e.state; e.kind == "KIND_DELETED" {
				delete(replayed, e.resource)
			}
			if mark := e.markIn(service); mark != "" {
				marks[mark]++
			}
		}
		listed := in.listed(t, service)
		for _, name := range slices.Sorted(maps.Keys(replayed)) {
			if strings.HasPrefix(name, "sessions/") {
				continue // sessions of CRM.COM's clients are in no list
			}
			if diff := cmp.Diff(replayed[name], listed[name]); diff != "" {
				t.Errorf("%s: %s differs (-feed +list):\n%s", service, name, diff)
			}
		}
		for name := range listed {
			if replayed[name] == nil {
				t.Errorf("%s: %s is listed but not in the feed", service, name)
			}
		}
	}
	return marks
}

// etagBase is the base of the version number in an etag.
const etagBase = 36

// version returns the version in a resource's etag, or 0 if it has none.
func version(state map[string]any) int64 {
	etag, _ := state["etag"].(string)
	number, _ := strconv.ParseInt(strings.Trim(etag, `"`), etagBase, 64)
	return number
}
