package cloudbuild

import (
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/goccy/go-yaml"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Config is the build of a plan as `gcloud builds submit --config` reads it: the
// Build message without its source, which gcloud uploads and names itself.
func Config(p plan.Plan, started time.Time, tags []string, asJSON bool) ([]byte, error) {
	b := Spec(p, Source{}, started, tags)
	b.Source = nil
	return text(b, asJSON)
}

// OneStepConfig is a step's build in a file, as gcloud and triggers read it.
//
// Triggers name an account, which the file need not know: its log goes where one of an
// account goes.
func OneStepConfig(s Step, asJSON bool) ([]byte, error) {
	b := OneStep(s)
	if o := s.Options; o.ServiceAccount == "" {
		o.ServiceAccount = "the trigger's"
		logs(b, o)
	}
	return text(b, asJSON)
}

// JSON is a step's build as APIs take it in other messages.
func JSON(s Step) ([]byte, error) { return protojson.Marshal(OneStep(s)) }

func text(b *cloudbuildpb.Build, asJSON bool) ([]byte, error) {
	data, err := protojson.MarshalOptions{Multiline: true}.Marshal(b)
	if err != nil {
		return nil, err
	}
	if asJSON {
		return append(data, '\n'), nil
	}
	return yaml.JSONToYAML(data) // ends its last line
}
