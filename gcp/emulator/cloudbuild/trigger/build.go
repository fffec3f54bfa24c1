package trigger

import (
	"errors"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/goccy/go-yaml"
	"google.golang.org/protobuf/encoding/protojson"
)

// ReadBuild reads a build file: YAML, of which JSON is a part, with the fields' names
// in either spelling.
func ReadBuild(data []byte) (*cloudbuildpb.Build, error) {
	text, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, err
	}
	b := &cloudbuildpb.Build{}
	if err := protojson.Unmarshal(text, b); err != nil {
		return nil, err
	}
	if len(b.Steps) == 0 {
		return nil, errors.New("it has no steps")
	}
	return b, nil
}
