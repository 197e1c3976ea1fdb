// Package dynamics renders failures as the Dynamics application does: in Spanish, in the envelope
// of its responses. Requests that reach no operation get the framework's own error.
package dynamics

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Contract is the Dynamics contract. Failures use the envelope of the operation's response.
var Contract = contract.Contract{
	Name:        "dynamics",
	Framework:   &aspnet.Framework,
	RenderError: Render,
	Challenges:  []string{contract.Bearer, contract.Basic},
	Docs: contract.Docs{
		Tag:   "Dynamics",
		About: "The Dynamics contract (ASP.NET Web API 2, XmlSerializer): packages a client contracted.",
		Error: func(answer protoreflect.MessageDescriptor) protoreflect.MessageDescriptor { return answer },
	},
}

// messages maps reasons to the envelope's message.
var messages = map[string]string{
	failure.InvalidToken:       "Las credenciales faltan, no son válidas o han caducado.",
	failure.MissingParameter:   "Falta un dato obligatorio en la solicitud.",
	failure.InvalidParameter:   "La solicitud contiene datos no válidos.",
	failure.AmbiguousParameter: "La solicitud es ambigua: da un dato de varias formas o corresponde a varios registros.",
	failure.NotFound:           "No se encontró el cliente o la contratación indicada.",
	failure.Conflict:           "El estado actual de la contratación no permite la operación.",
	failure.PermissionDenied:   "No tiene permiso para realizar esta operación.",
	failure.RateLimited:        "Se alcanzó el límite de solicitudes. Inténtelo más tarde.",
	failure.InternalError:      "Ocurrió un error interno.",
	failure.Unavailable:        "El servicio no está disponible por ahora. Inténtelo más tarde.",
	failure.NotImplemented:     "El servicio no ofrece esta operación.",
}

// Render returns the body of a failure.
func Render(failed *failure.Failure, format wire.Format) ([]byte, error) {
	message, known := messages[failed.Reason]
	if failed.Stage == failure.Transport || !known {
		return aspnet.HTTPError(failed, format), nil
	}
	envelope, err := envelopeOf(failed.Answer)
	if err != nil {
		return nil, err
	}
	fields := envelope.Descriptor().Fields()
	envelope.Set(fields.ByName("success"), protoreflect.ValueOfBool(false))
	envelope.Set(fields.ByName("message"), protoreflect.ValueOfString(message))
	envelope.Set(fields.ByName("message_detail"), protoreflect.ValueOfMessage((&dynamicsv1.StringList{Items: details(failed)}).ProtoReflect()))
	envelope.Set(fields.ByName("failure_code"), protoreflect.ValueOfString(failure.VendorCode(failed.Reason)))
	body, err := wire.Append(nil, format, envelope.Interface())
	if err != nil {
		return nil, fmt.Errorf("encoding a failure: %w", err)
	}
	return body, nil
}

// envelopeOf returns an empty envelope of an operation's response: for a request that reached no
// operation, that of the documented update. TestEveryAnswerIsAnEnvelope checks that all are envelopes.
func envelopeOf(answer protoreflect.MessageDescriptor) (protoreflect.Message, error) {
	if answer == nil {
		return (&dynamicsv1.UpdateRecurrenceResponse{}).ProtoReflect(), nil
	}
	known, err := protoregistry.GlobalTypes.FindMessageByName(answer.FullName())
	if err != nil {
		return nil, fmt.Errorf("finding the envelope %s: %w", answer.FullName(), err)
	}
	return known.New(), nil
}

// details returns one entry per field or for a value of the path, or the message of the failure if it has neither.
func details(failed *failure.Failure) []string {
	if failed.Parameter != nil {
		return []string{failed.Parameter.String()}
	}
	if len(failed.Fields) == 0 {
		return []string{failed.Message}
	}
	entries := make([]string, len(failed.Fields))
	for i, field := range failed.Fields {
		entries[i] = field.String()
	}
	return entries
}
