package cloudbuild

import (
	"fmt"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// limits are what Cloud Build takes of a Build, in its order: validate.go of
// GoogleCloudPlatform/cloud-build-local, and the comments of the proto. Google has
// raised some since; what is within these is taken everywhere.
var limits = []struct {
	what string // with a place for the number
	most int
	of   func(*cloudbuildpb.Build) int
	hint string // what makes it less
}{
	{"steps", 100, func(b *cloudbuildpb.Build) int { return len(b.GetSteps()) }, ""},
	{"characters in the name of a step's image", 1000, ofSteps(func(s *cloudbuildpb.BuildStep) int { return len(s.GetName()) }), shorter},
	{"arguments of a step", 100, ofSteps(func(s *cloudbuildpb.BuildStep) int { return len(s.GetArgs()) }), ""},
	{"characters in an argument", 4000, ofSteps(func(s *cloudbuildpb.BuildStep) int { return longest(s.GetArgs()) }), shorter},
	{"variables of a step", 100, ofSteps(func(s *cloudbuildpb.BuildStep) int { return len(s.GetEnv()) }), ""},
	{"characters in a variable", 1000, ofSteps(func(s *cloudbuildpb.BuildStep) int { return longest(s.GetEnv()) }), "Give shorter URLs of endpoints."},
	{"images", 100, func(b *cloudbuildpb.Build) int { return len(b.GetImages()) }, ""},
	{"characters in an image's name", 1000, func(b *cloudbuildpb.Build) int { return longest(b.GetImages()) }, shorter},
	{"tags", 64 - 1, func(b *cloudbuildpb.Build) int { return len(b.GetTags()) }, ""}, // Submit adds one
	{"characters in a tag", 128, func(b *cloudbuildpb.Build) int { return longest(b.GetTags()) }, shorter},
	{"seconds of timeout", day, func(b *cloudbuildpb.Build) int { return int(b.GetTimeout().GetSeconds()) }, "Set build.timeout to 24h or less."},
	{"seconds of queue TTL", day, func(b *cloudbuildpb.Build) int { return int(b.GetQueueTtl().GetSeconds()) }, "Set build.queue_ttl to 24h or less."},
	{"GB of disk", 4000, func(b *cloudbuildpb.Build) int { return int(b.GetOptions().GetDiskSizeGb()) }, "Set build.disk_size to 4000 or less."},
}

const (
	day     = int(24 * time.Hour / time.Second)
	shorter = "Choose shorter names for repository and service."
)

// Fits refuses a plan whose build Cloud Build would not take, before anything is
// sent for it. What a key of the configuration can say too much of is refused at
// its place before.
func (b Builds) Fits(p plan.Plan, tags []string) error {
	return fits(Spec(p, Source{}, time.Time{}, tags))
}

func fits(b *cloudbuildpb.Build) error {
	for _, l := range limits {
		if n := l.of(b); n > l.most {
			return errs.New(errs.Usage, l.hint, "%s", fmt.Sprintf("the build has %d %s, and Cloud Build takes %d", n, l.what, l.most))
		}
	}
	return nil
}

// ofSteps is the most that a step has.
func ofSteps(of func(*cloudbuildpb.BuildStep) int) func(*cloudbuildpb.Build) int {
	return func(b *cloudbuildpb.Build) (most int) {
		for _, s := range b.GetSteps() {
			most = max(most, of(s))
		}
		return most
	}
}

func longest(texts []string) (most int) {
	for _, t := range texts {
		most = max(most, len(t))
	}
	return most
}
