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
func OneStepConfig(s Step, asJSON bool) ([]byte, error) { return text(OneStep(s), asJSON) }

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
