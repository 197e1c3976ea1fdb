package mutation

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Revision is the history of a resource in short; a resource embeds it, and the store keeps it.
type Revision struct {
	// Version counts the states of the resource, from 1.
	Version int64 `json:"version"`
	// Created is when the resource came to be, Updated when it last changed; UTC, to the microsecond.
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Etag changes whenever the resource does.
func (r Revision) Etag() string { return id.Etag(r.Version) }

// Versions is the revision itself, of a resource that is known by an interface.
func (r *Revision) Versions() *Revision { return r }

// CheckEtag refuses a change that was made for another state of a resource than the present one. An empty etag is that of
// any.
func CheckEtag(what string, key any, present Versioned, etag string) error {
	if etag != "" && etag != present.Etag() {
		return fault.EtagMismatch(what, key)
	}
	return nil
}
