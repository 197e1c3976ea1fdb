package catalogue

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// AccountClassificationID identifies an account classification.
type AccountClassificationID string

// AccountClassification classifies accounts. Its name and alternative code are unique within the tenant.
type AccountClassification struct {
	mutation.Revision
	ID              AccountClassificationID `json:"id"`
	Name            string                  `json:"name"`
	AlternativeCode string                  `json:"alternative_code,omitempty"`
	Inactive        bool                    `json:"inactive,omitempty"`
}

// Kind returns KindAccountClassification.
func (*AccountClassification) Kind() resource.Kind { return resource.KindAccountClassification }

// Key returns the id.
func (c *AccountClassification) Key() string { return string(c.ID) }

// Keys returns the name and the alternative code.
func (c *AccountClassification) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNameText, Value: c.Name}, {Name: resource.KeyAlternativeCode, Value: c.AlternativeCode}}
}

// Public returns the classification. It has no secrets.
func (c *AccountClassification) Public() any { return c }

// Prepare sets the defaults of a new classification.
func (c *AccountClassification) Prepare(time.Time) {
	resource.Fill(&c.ID, id.New)
}
