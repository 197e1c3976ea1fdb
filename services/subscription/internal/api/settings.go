package api

import (
	"context"

	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// settingsServer serves continuo.subscription.v1.SettingsService.
type settingsServer struct {
	pb.UnimplementedSettingsServiceServer
	service *subscription.Service
}

// GetSettings returns the tenant's settings.
func (s *settingsServer) GetSettings(ctx context.Context, _ *pb.GetSettingsRequest) (*pb.Settings, error) {
	found, err := s.service.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return settingsMessage(found), nil
}

// UpdateSettings changes the tenant's settings.
func (s *settingsServer) UpdateSettings(ctx context.Context, request *pb.UpdateSettingsRequest) (*pb.Settings, error) {
	revised, err := s.service.UpdateSettings(ctx, request.GetSettings().GetEtag(), func(present *subscription.Settings) error {
		merged, err := fieldmask.Merge(settingsMessage(*present), proto.CloneOf(request.GetSettings()), request.GetUpdateMask())
		if err != nil {
			return err
		}
		present.Zone, present.UserFields = merged.GetTimeZone(), definitionsOf(merged.GetUserFieldDefinitions())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return settingsMessage(revised), nil
}

func settingsMessage(settings subscription.Settings) *pb.Settings {
	message := &pb.Settings{Name: string(resource.KindSettings), TimeZone: settings.Zone, Etag: settings.Etag(), UserFieldDefinitions: definitionsMessage(settings.UserFields)}
	if settings.Version > 0 {
		message.UpdateTime = timestamp(settings.Updated)
	}
	return message
}

// importedSettings parses settings to import.
func importedSettings(message *pb.Settings) (resource.Resource, error) {
	settings := &subscription.Settings{Zone: message.GetTimeZone(), UserFields: definitionsOf(message.GetUserFieldDefinitions())}
	return settings, settings.Check()
}
