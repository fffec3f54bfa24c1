package worker

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

var (
	userKey  = regexp.MustCompile(`^_[A-Z0-9_]+$`)
	buildTag = regexp.MustCompile(`^[\w][\w.-]{0,127}$`)
	// imageName is the docker reference grammar: host, path, tag, digest.
	imageName = regexp.MustCompile(`^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?/)?` +
		`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`)
)

// Validate says whether Cloud Build would take a build, before substitution.
// The first fault found is returned as errs.Usage with Google's wording.
func Validate(b *cloudbuildpb.Build) error {
	if b == nil {
		return invalid("no build field was provided")
	}
	for _, check := range []func(*cloudbuildpb.Build) error{
		checkTimeout, checkSubstitutions, checkArtifacts, checkSteps, checkVolumes, checkEnv, checkSecrets, checkOptions,
	} {
		if err := check(b); err != nil {
			return err
		}
	}
	return nil
}

// ValidateSubstituted checks what can only be checked once Substitute has run:
// image names and tags. Empty and repeated tags are dropped, as Google does.
func ValidateSubstituted(b *cloudbuildpb.Build) error {
	for _, s := range b.Steps {
		if !imageName.MatchString(s.Name) {
			return invalid("invalid build step name %q", s.Name)
		}
	}
	for _, image := range b.Images {
		if !imageName.MatchString(image) {
			if imageName.MatchString(strings.ToLower(image)) {
				return invalid("invalid image name %q contains uppercase letters", image)
			}
			return invalid("invalid image name %q", image)
		}
	}
	if len(b.Tags) > MaxTags {
		return invalid("number of tags %d exceeded (max: %d)", len(b.Tags), MaxTags)
	}
	var tags []string
	for _, t := range b.Tags {
		if t == "" || slices.Contains(tags, t) {
			continue
		}
		if !buildTag.MatchString(t) {
			return invalid("invalid build tag %q: must match format %q", t, buildTag)
		}
		tags = append(tags, t)
	}
	b.Tags = tags
	return nil
}

func invalid(format string, args ...any) error {
	return errs.New(errs.Usage, "", "invalid build: "+format, args...)
}

func checkTimeout(b *cloudbuildpb.Build) error {
	d, err := duration(b.Timeout)
	switch {
	case err != nil:
		return invalid("invalid timeout value: %w", err)
	case d > MaxTimeout:
		return invalid("timeout exceeds the timeout limit of %v", MaxTimeout)
	case d < 0:
		return invalid("invalid timeout: timeout must be >=0")
	}
	if d, err = duration(b.QueueTtl); err != nil || d < 0 {
		return invalid("invalid queue_ttl: must be >=0")
	}
	return nil
}

func duration(d *durationpb.Duration) (time.Duration, error) {
	if d == nil {
		return 0, nil
	}
	return d.AsDuration(), d.CheckValid()
}

func checkSubstitutions(b *cloudbuildpb.Build) error {
	field := func(format string, args ...any) error {
		return invalid("invalid .substitutions field: "+format, args...)
	}
	if n := len(b.Substitutions); n > MaxSubstitutions {
		return field("number of substitutions %d exceeded (max: %d)", n, MaxSubstitutions)
	}
	for _, k := range sortedKeys(b.Substitutions) {
		switch {
		case len(k) > MaxSubstitutionKey:
			return field("substitution key %q too long (max: %d)", k, MaxSubstitutionKey)
		case !userKey.MatchString(k) && !overridable[k]:
			return field("substitution key %q does not respect format %q and is not an overridable built-in substitutions", k, userKey)
		case len(b.Substitutions[k]) > MaxSubstitutionValue:
			return field("substitution value of %q too long (max: %d)", k, MaxSubstitutionValue)
		}
	}
	return nil
}

func checkArtifacts(b *cloudbuildpb.Build) error {
	field := func(format string, args ...any) error {
		return invalid("invalid .artifacts field: "+format, args...)
	}
	a := b.Artifacts
	if len(b.Images) > 0 && len(a.GetImages()) > 0 && !slices.Equal(b.Images, a.GetImages()) {
		return field("cannot specify different .images and .artifacts.images")
	}
	for _, images := range [][]string{b.Images, a.GetImages()} {
		if len(images) > MaxImages {
			return field("cannot specify more than %d images to build", MaxImages)
		}
		for i, image := range images {
			if len(image) > MaxImage {
				return field("image %d too long (max: %d)", i, MaxImage)
			}
		}
	}
	o := a.GetObjects()
	if o == nil {
		return nil
	}
	switch {
	case o.Location == "":
		return field(".artifacts.location field is empty")
	case !strings.HasPrefix(o.Location, "gs://"):
		return field("invalid .artifacts.location value %q; Google Cloud Storage URLs must begin with 'gs://'", o.Location)
	case len(o.Paths) == 0:
		return field(".artifacts.paths field empty")
	case len(o.Paths) > MaxArtifactPaths:
		return field(".artifacts.paths field has length %d, but cannot specify more than %d", len(o.Paths), MaxArtifactPaths)
	}
	return nil
}

func checkEnv(b *cloudbuildpb.Build) error {
	check := func(env []string) error {
		if len(env) > MaxEnvs {
			return fmt.Errorf("too many envs (max: %d)", MaxEnvs)
		}
		for i, e := range env {
			if len(e) > MaxEnv {
				return fmt.Errorf("env %d too long (max: %d)", i, MaxEnv)
			}
			if k, _, ok := strings.Cut(e, "="); !ok || k == "" {
				return fmt.Errorf(`the Env entry %q must be of the form "KEY=VALUE"`, e)
			}
		}
		return nil
	}
	if err := check(b.GetOptions().GetEnv()); err != nil {
		return invalid("invalid .options.env field: %w", err)
	}
	for i, s := range b.Steps {
		if err := check(s.Env); err != nil {
			return invalid("invalid .steps field: build step #%d - %q: %w", i, s.Id, err)
		}
	}
	return nil
}

func checkOptions(b *cloudbuildpb.Build) error {
	o := b.GetOptions()
	if n := o.GetDiskSizeGb(); n < 0 || n > MaxDiskSizeGB {
		return invalid("invalid .options.disk_size_gb %d: must be between 0 and %d", n, MaxDiskSizeGB)
	}
	if o.GetPool().GetName() != "" && o.GetMachineType() != cloudbuildpb.BuildOptions_UNSPECIFIED {
		return invalid("invalid .options field: machine_type cannot be set together with pool: a private pool has its own machine type")
	}
	return nil
}

// inWorkspace says whether a step's dir stays where Cloud Build allows it: a
// relative dir below /workspace, or any absolute one.
func inWorkspace(dir string) bool {
	return path.IsAbs(dir) || !strings.HasPrefix(path.Clean(dir)+"/", "../")
}
