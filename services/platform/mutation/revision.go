package mutation

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// Revision holds the version and times of a resource. Resources embed it, and the store maintains
// it.
type Revision struct {
	// Version counts the states of the resource, starting at 1.
	Version int64 `json:"version"`
	// Created and Updated are the times of the first and the latest change, in UTC, to the
	// microsecond.
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Etag returns a value that changes whenever the resource does.
func (r Revision) Etag() string { return id.Etag(r.Version) }

// Versions returns the revision itself. It gives access to the revision of a resource known only by
// an interface.
func (r *Revision) Versions() *Revision { return r }

// CheckEtag returns an EtagMismatch fault if etag is neither empty nor the current one.
func CheckEtag(what string, key any, present Versioned, etag string) error {
	if etag != "" && etag != present.Etag() {
		return fault.EtagMismatch(what, key)
	}
	return nil
}
