// Package notify takes a message to a topic of Pub/Sub, or to a webhook whose URL
// Secret Manager keeps. What the message is about it does not know.
package notify

import (
	"context"
	"encoding/json"
	"net/http"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/internal/notify"
)

// Sender sends messages. It may be shared.
type Sender struct {
	access  *gcp.Access
	topics  *gcp.JSON
	secrets *secretmanager.Client
}

// New makes a Sender, which connects when it is first used.
func New(a *gcp.Access) *Sender {
	return &Sender{access: a, topics: gcp.NewJSON(a, gcp.PubSub), secrets: secretmanager.New(a, "", "")} // it creates none
}

// Send takes a JSON text to a destination with its full name, as patiently as other
// calls are made. attributes are for who filters messages of a topic. An answer
// that is lost may make it come twice.
func (s *Sender) Send(ctx context.Context, to notify.Destination, body []byte, attributes map[string]string) error {
	if to.Topic == "" {
		return s.post(ctx, to, body)
	}
	data, err := protojson.Marshal(&pubsubpb.PublishRequest{Messages: []*pubsubpb.PubsubMessage{{Data: body, Attributes: attributes}}})
	if err != nil {
		return gcp.Error(err, "writing the message to "+to.String())
	}
	err = s.topics.Call(ctx, "publishing to "+to.String(), http.MethodPost, "v1/"+to.Topic+":publish", json.RawMessage(data), nil)
	return gcp.Called(err, "notify.Publish", to.Topic)
}
