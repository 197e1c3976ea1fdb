package api

import (
	"context"
	"fmt"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

type usages struct {
	customerrecurrencev1.UnimplementedUsageServiceServer
	service *usage.Service
	sealer  aip.Sealer
}

// RecordUsage counts events.
func (h *usages) RecordUsage(ctx context.Context, request *customerrecurrencev1.RecordUsageRequest) (*customerrecurrencev1.RecordUsageResponse, error) {
	events := make([]usage.Event, len(request.GetEvents()))
	for i, sent := range request.GetEvents() {
		var err error
		if events[i], err = eventOf(fmt.Sprintf("events[%d].", i), sent); err != nil {
			return nil, err
		}
	}
	outcome, err := h.service.Record(ctx, events)
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.RecordUsageResponse{
		Recorded: int32(outcome.Recorded), Corrected: int32(outcome.Corrected), RepeatedEvents: int32(outcome.Repeated),
		Rejections: messagesOf(outcome.Rejections, func(r usage.Rejection) *customerrecurrencev1.UsageRejection {
			return &customerrecurrencev1.UsageRejection{
				Index: int32(r.Index), EventId: string(r.EventID), Reason: string(r.Reason), Description: r.Description,
			}
		}),
	}, nil
}

// eventOf parses an event. Paths in errors begin with at.
func eventOf(at string, m *customerrecurrencev1.UsageEvent) (usage.Event, error) {
	key, err := recurrenceKey(at+"recurrence", m.GetRecurrence())
	event := usage.Event{
		ID: usage.EventID(m.GetEventId()), Revision: m.GetRevision(), Recurrence: key, ServiceID: catalogue.NewServiceID(m.GetServiceId()),
		Quantity: m.GetQuantity(),
	}
	if err != nil || m.GetEventTime() == nil {
		return event, err
	}
	if m.GetEventTime().CheckValid() != nil {
		return event, fault.InvalidField(at+"event_time", reason.InvalidTime, "must be a time of the years 2000 to 9999")
	}
	event.Time = m.GetEventTime().AsTime()
	return event, nil
}

// SummarizeUsage returns what a recurrence consumed in a month or cycle.
func (h *usages) SummarizeUsage(ctx context.Context, request *customerrecurrencev1.SummarizeUsageRequest) (*customerrecurrencev1.SummarizeUsageResponse, error) {
	key, err := recurrenceKey("name", request.GetName())
	if err != nil {
		return nil, err
	}
	within, err := day("date", request.GetDate())
	if err != nil {
		return nil, err
	}
	summary, err := h.service.Summarize(ctx, key, within)
	return respond(summary, err, summaryMessage)
}

func summaryMessage(summary usage.Summary) *customerrecurrencev1.SummarizeUsageResponse {
	return &customerrecurrencev1.SummarizeUsageResponse{
		Recurrence: recurrenceNames.Format(summary.Recurrence.Customer, summary.Recurrence.Recurrence),
		StartDate:  gtype.Date(summary.Start), EndDate: gtype.Date(summary.End), Services: messagesOf(summary.Services, usedMessage),
	}
}

func usedMessage(used usage.Used) *customerrecurrencev1.ServiceUsage {
	message := &customerrecurrencev1.ServiceUsage{
		ServiceId: string(used.ServiceID), Included: used.Included, Consumed: used.Consumed, Left: used.Left, Overage: used.Overage,
	}
	if used.Amount != nil {
		message.OverageAmount = amountMessage(*used.Amount, used.Currency)
	}
	return message
}

// GetUsageAlert returns one alert.
func (h *usages) GetUsageAlert(ctx context.Context, request *customerrecurrencev1.GetUsageAlertRequest) (*customerrecurrencev1.UsageAlert, error) {
	key, err := alertKey("name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.service.GetAlert(ctx, key)
	return respond(found, err, alertMessage)
}

// BatchGetUsageAlerts returns alerts in the order of their names.
func (h *usages) BatchGetUsageAlerts(ctx context.Context, request *customerrecurrencev1.BatchGetUsageAlertsRequest) (*customerrecurrencev1.BatchGetUsageAlertsResponse, error) {
	parent, err := recurrenceNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	find := func(field, name string) (listing.Condition, error) {
		key, err := alertKey(field, name)
		if err == nil {
			err = within(parent, field, string(key.Customer), string(key.Recurrence))
		}
		return listing.All(listing.Is("customer", key.Customer), listing.Is("recurrence", key.Recurrence), listing.Is("usage_alert", key.ID)), err
	}
	found, err := aip.BatchGet(ctx, find, request.GetNames(), h.service.ListAlerts, infallible(alertMessage))
	return &customerrecurrencev1.BatchGetUsageAlertsResponse{UsageAlerts: found}, err
}

// ListUsageAlerts returns a page of alerts, of one recurrence or of several.
func (h *usages) ListUsageAlerts(ctx context.Context, request *customerrecurrencev1.ListUsageAlertsRequest) (*customerrecurrencev1.ListUsageAlertsResponse, error) {
	parent, err := recurrenceNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	list := alertList.Within(listing.All(listing.Within("customer", parent[0]), listing.Within("recurrence", parent[1])))
	found, next, err := aip.List(ctx, h.sealer, list, request, h.service.ListAlerts, infallible(alertMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListUsageAlertsResponse{UsageAlerts: found, NextPageToken: next}, nil
}

// alertKey parses the name of an alert.
func alertKey(field, name string) (usage.AlertKey, error) {
	ids, err := alertNames.Parse(field, name)
	if err != nil {
		return usage.AlertKey{}, err
	}
	key, err := recurrenceKey(field, recurrenceNames.Format(ids[0], ids[1]))
	return usage.AlertKey{Key: key, ID: usage.AlertID(ids[2])}, err
}

func alertMessage(alert usage.Alert) *customerrecurrencev1.UsageAlert {
	return &customerrecurrencev1.UsageAlert{
		Name:      alertNames.Format(alert.Customer, alert.Recurrence, alert.ID),
		ServiceId: string(alert.ServiceID), StartDate: gtype.Date(alert.Window.Start), EndDate: gtype.Date(alert.Window.End),
		Percent: alert.Percent, Consumed: alert.Consumed, Included: alert.Included,
		CreateTime: timestamppb.New(alert.CreateTime),
	}
}

// alertOf parses an imported alert.
func alertOf(m *customerrecurrencev1.UsageAlert) (usage.Alert, error) {
	key, err := alertKey("name", m.GetName())
	if err != nil {
		return usage.Alert{}, err
	}
	window, err := windowOf(m)
	return usage.Alert{
		Customer: key.Customer, Recurrence: key.Recurrence, ID: key.ID, ServiceID: catalogue.NewServiceID(m.GetServiceId()), Window: window,
		Percent: m.GetPercent(), Consumed: m.GetConsumed(), Included: m.GetIncluded(), CreateTime: m.GetCreateTime().AsTime(),
	}, err
}

func totalMessage(total usage.Total) *customerrecurrencev1.UsageTotal {
	return &customerrecurrencev1.UsageTotal{
		Recurrence: recurrenceNames.Format(total.Recurrence.Customer, total.Recurrence.Recurrence), ServiceId: string(total.ServiceID),
		StartDate: gtype.Date(total.Window.Start), EndDate: gtype.Date(total.Window.End),
		Consumed: total.Consumed, Included: total.Included, AlertedPercent: total.Alerted, PackageId: string(total.PackageID),
	}
}

// totalOf parses an imported total.
func totalOf(m *customerrecurrencev1.UsageTotal) (total usage.Total, err error) {
	var key recurrence.Key
	if key, err = recurrenceKey("recurrence", m.GetRecurrence()); err != nil {
		return total, err
	}
	total = usage.Total{
		Place:    usage.Place{Recurrence: key, ServiceID: catalogue.NewServiceID(m.GetServiceId())},
		Consumed: m.GetConsumed(), Included: m.GetIncluded(), Alerted: m.GetAlertedPercent(),
		PackageID: catalogue.NewPackageID(m.GetPackageId()),
	}
	total.Window, err = windowOf(m)
	return total, err
}

// windowOf parses the days of an imported total or alert.
func windowOf(m interface {
	GetStartDate() *date.Date
	GetEndDate() *date.Date
}) (window usage.Window, err error) {
	if window.Start, err = day("start_date", m.GetStartDate()); err == nil {
		window.End, err = day("end_date", m.GetEndDate())
	}
	return window, err
}
