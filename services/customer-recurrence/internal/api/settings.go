package api

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
)

// settingsName is the name of a tenant's settings.
const settingsName = "recurrenceSettings"

type settingsHandler struct {
	customerrecurrencev1.UnimplementedRecurrenceSettingsServiceServer
	service *settings.Service
}

// GetRecurrenceSettings returns the tenant's settings.
func (h *settingsHandler) GetRecurrenceSettings(ctx context.Context, _ *customerrecurrencev1.GetRecurrenceSettingsRequest) (*customerrecurrencev1.RecurrenceSettings, error) {
	found, err := h.service.Get(ctx)
	return respond(found, err, recurrenceSettingsMessage)
}

// UpdateRecurrenceSettings changes the tenant's settings.
func (h *settingsHandler) UpdateRecurrenceSettings(ctx context.Context, request *customerrecurrencev1.UpdateRecurrenceSettingsRequest) (*customerrecurrencev1.RecurrenceSettings, error) {
	sent := request.GetRecurrenceSettings()
	updated, err := h.service.Update(ctx, sent.GetEtag(), func(s *settings.Settings) error {
		merged, err := fieldmask.Merge(recurrenceSettingsMessage(*s), sent, request.GetUpdateMask())
		if err != nil {
			return err
		}
		readSettings(merged, s)
		return nil
	})
	return respond(updated, err, recurrenceSettingsMessage)
}

var (
	prorations = map[settings.Proration]customerrecurrencev1.Proration{
		settings.ByMonth:  customerrecurrencev1.Proration_PRORATION_BY_MONTH,
		settings.ByPeriod: customerrecurrencev1.Proration_PRORATION_BY_PERIOD,
	}
	prorationOf = inverse(prorations)

	windows = map[settings.Window]customerrecurrencev1.UsageWindow{
		settings.OfMonth: customerrecurrencev1.UsageWindow_USAGE_WINDOW_MONTH,
		settings.OfCycle: customerrecurrencev1.UsageWindow_USAGE_WINDOW_CYCLE,
	}
	windowNamed = inverse(windows)
)

// readSettings copies the fields that callers can set from a message into settings.
func readSettings(m *customerrecurrencev1.RecurrenceSettings, into *settings.Settings) {
	into.Zone, into.Proration, into.QuoteValidity = m.GetTimeZone(), prorationOf[m.GetProration()], m.GetQuoteValidity().AsDuration()
	into.UsageWindow, into.AlertPercents = windowNamed[m.GetUsageWindow()], m.GetUsageAlertPercents()
}

func recurrenceSettingsMessage(s settings.Settings) *customerrecurrencev1.RecurrenceSettings {
	message := &customerrecurrencev1.RecurrenceSettings{
		Name: settingsName, TimeZone: s.Zone, Proration: prorations[s.Proration],
		QuoteValidity: durationpb.New(s.QuoteValidity.Truncate(time.Second)), Etag: s.Etag(),
		UsageWindow: windows[s.UsageWindow], UsageAlertPercents: s.AlertPercents,
	}
	if s.Version > 0 {
		message.UpdateTime = timestamppb.New(s.UpdateTime)
	}
	return message
}
