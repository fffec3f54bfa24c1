package cloudbuild

import (
	"context"
	"maps"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/goccy/go-yaml"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// File is a build as somebody wrote it down: cloudbuild.yaml.
type File struct {
	Name          string // for errors
	Text          []byte
	Substitutions map[string]string // over the file's own
	Source        Source            // zero = it needs none
	Options       plan.Options      // whom it runs as, and where its log goes
	Tags          []string
}

// parse makes the Build message, as gcloud does.
func (f File) parse(project string) (*cloudbuildpb.Build, error) {
	b := &cloudbuildpb.Build{}
	data, err := yaml.YAMLToJSON(f.Text)
	if err == nil {
		err = protojson.Unmarshal(data, b)
	}
	if err != nil {
		return nil, errs.New(errs.Usage, "", "%s is no build that Cloud Build knows: %w", f.Name, err)
	}
	if b.Options == nil {
		b.Options = &cloudbuildpb.BuildOptions{}
	}
	if b.Substitutions == nil {
		b.Substitutions = map[string]string{}
	}
	maps.Copy(b.Substitutions, f.Substitutions)
	b.Tags = append(b.Tags, f.Tags...)
	if f.Source.Object != "" {
		b.Source = &cloudbuildpb.Source{Source: &cloudbuildpb.Source_StorageSource{StorageSource: &cloudbuildpb.StorageSource{Bucket: f.Source.Bucket, Object: f.Source.Object}}}
	}
	b.ServiceAccount = account(f.Options.ServiceAccount, project)
	logs(b, f.Options)
	return b, nil
}

// SubmitFile starts the build of a file.
func (b Builds) SubmitFile(ctx context.Context, f File) (plan.Outcome, error) {
	spec, err := f.parse(b.Project)
	if err != nil {
		return plan.Outcome{}, err
	}
	build, err := b.Client.Submit(ctx, b.Project, b.Region, spec)
	return Outcome(build), err
}
