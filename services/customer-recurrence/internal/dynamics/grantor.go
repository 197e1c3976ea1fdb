package dynamics

import (
	"context"
	"strings"
	"time"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/plan"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

type grantorHandler struct {
	dynamicsv1.UnimplementedGrantorServiceServer
	Services
}

// The messages in the responses to successful requests.
const (
	companyFound = "La empresa se consultó correctamente."
	serviceAdded = "El servicio se agregó correctamente."
)

// GetGrantor returns the plan of a company.
func (h *grantorHandler) GetGrantor(ctx context.Context, request *dynamicsv1.GetGrantorRequest) (*dynamicsv1.GetGrantorResponse, error) {
	company, err := h.Plans.Of(ctx, customer.TaxID(request.GetGrantorTaxId()))
	if err != nil {
		return nil, err
	}
	success, message := true, companyFound
	return &dynamicsv1.GetGrantorResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: grantorModel(company)}, nil
}

// AddPacService adds a service to the plan of a company.
func (h *grantorHandler) AddPacService(ctx context.Context, request *dynamicsv1.AddPacServiceRequest) (*dynamicsv1.AddPacServiceResponse, error) {
	sent := request.GetPacService()
	if sent.GetServiceId() < 0 {
		return nil, fault.InvalidField("pac_service.service_id", reason.OutOfRange, "must not be negative")
	}
	if _, err := h.Recurrences.AddService(ctx, customer.TaxID(sent.GetGrantorTaxId()), sent.GetServiceId()); err != nil {
		return nil, fault.Rename(err, func(field string) string {
			if strings.HasPrefix(field, "recurrence.services") {
				return "pac_service.service_id"
			}
			return field
		})
	}
	success, message := true, serviceAdded
	return &dynamicsv1.AddPacServiceResponse{Success: &success, Message: &message, MessageDetail: &dynamicsv1.StringList{}, Data: &dynamicsv1.Nothing{}}, nil
}

func grantorModel(company plan.Company) *dynamicsv1.Grantor {
	model := &dynamicsv1.Grantor{GrantorTaxId: text(string(company.TaxID))}
	if client := company.Client; client != nil {
		model.BusinessName = text(client.Profile.BusinessName)
		model.CreationDate = moment(client.CreateTime.In(company.Zone))
		model.FunctionaryName1 = text(client.Profile.GivenName)
		model.FunctionarySurname1, model.FunctionarySurname2 = text(client.Profile.FirstSurname), text(client.Profile.SecondSurname)
	}
	if company.Detail == nil {
		return model
	}
	model.PlanStatus = &dynamicsv1.PlanStatus{
		From: moment(midnight(company.Detail.Window.Start, company.Zone)), To: moment(midnight(company.Detail.Window.End, company.Zone).Add(-time.Second)),
		Detail: &dynamicsv1.PlanDetail{
			ServiceCode: text(string(company.Detail.ServiceID)), ServiceName: text(company.Detail.Name),
			TotalIncluded: &company.Detail.Included, TotalConsumed: &company.Detail.Consumed,
		},
	}
	return model
}

// midnight returns the first moment of a day.
func midnight(day date.Date, zone *time.Location) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}

// moment formats a time as .NET does: with up to seven fraction digits, and its offset.
func moment(at time.Time) *string {
	return text(at.Format("2006-01-02T15:04:05.9999999-07:00"))
}
