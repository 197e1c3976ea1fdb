package api

import (
	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// The prefixes of the enums of definitions.
const (
	objectPrefix    = "OBJECT_"
	fieldTypePrefix = "TYPE_"
)

func definitionsMessage(definitions userfield.Definitions) (messages []*pb.UserFieldDefinition) {
	for _, one := range definitions {
		messages = append(messages, &pb.UserFieldDefinition{
			Object:    enum[pb.UserFieldDefinition_Object](objectPrefix, pb.UserFieldDefinition_Object_value, one.Object),
			Field:     string(one.Field),
			Label:     one.Label,
			Type:      enum[pb.UserFieldDefinition_Type](fieldTypePrefix, pb.UserFieldDefinition_Type_value, one.Field.Type()),
			Mandatory: one.Mandatory, AllowedValues: one.Allowed, Unique: one.Unique,
		})
	}
	return messages
}

func definitionsOf(messages []*pb.UserFieldDefinition) (definitions userfield.Definitions) {
	for _, message := range messages {
		definitions = append(definitions, userfield.Definition{
			Object: word[userfield.Object](objectPrefix, message.GetObject()), Field: userfield.Name(message.GetField()), Label: message.GetLabel(),
			Mandatory: message.GetMandatory(), Allowed: message.GetAllowedValues(), Unique: message.GetUnique(),
		})
	}
	return definitions
}
