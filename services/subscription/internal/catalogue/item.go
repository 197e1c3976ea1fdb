package catalogue

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// InstalledItem is a device at a customer's. No two of a tenant have the same serial number or alternative code.
type InstalledItem struct {
	mutation.Revision
	ID              ItemID `json:"id"`
	SerialNumber    string `json:"serial_number"`
	AlternativeCode string `json:"alternative_code,omitempty"`
	Name            string `json:"name,omitempty"`
}

// Kind is KindInstalledItem.
func (*InstalledItem) Kind() resource.Kind { return resource.KindInstalledItem }

// Key is the id.
func (i *InstalledItem) Key() string { return string(i.ID) }

// Keys are the serial number and the alternative code.
func (i *InstalledItem) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeySerialNumber, Value: i.SerialNumber}, {Name: resource.KeyAlternativeCode, Value: i.AlternativeCode}}
}

// Public is the installed item.
func (i *InstalledItem) Public() any { return i }

// Prepare fills what a new one leaves open.
func (i *InstalledItem) Prepare(time.Time) {
	resource.Fill(&i.ID, id.New)
}
