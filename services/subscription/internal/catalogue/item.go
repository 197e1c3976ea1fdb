package catalogue

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// InstalledItem is a device at a customer's premises. Its serial number and alternative code are
// unique within the tenant.
type InstalledItem struct {
	mutation.Revision
	ID              ItemID `json:"id"`
	SerialNumber    string `json:"serial_number"`
	AlternativeCode string `json:"alternative_code,omitempty"`
	Name            string `json:"name,omitempty"`
	Inactive        bool   `json:"inactive,omitempty"`
}

// Kind returns KindInstalledItem.
func (*InstalledItem) Kind() resource.Kind { return resource.KindInstalledItem }

// Key returns the id.
func (i *InstalledItem) Key() string { return string(i.ID) }

// Keys returns the serial number and the alternative code.
func (i *InstalledItem) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeySerialNumber, Value: i.SerialNumber}, {Name: resource.KeyAlternativeCode, Value: i.AlternativeCode}}
}

// Public returns the installed item. It has no secrets.
func (i *InstalledItem) Public() any { return i }

// Prepare sets the defaults of a new installed item.
func (i *InstalledItem) Prepare(time.Time) {
	resource.Fill(&i.ID, id.New)
}
