package cloudbuild

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/filter"
)

// texts are the fields that a filter can compare for equality. The list is
// gcloud's own (api_lib/cloudbuild/filter_rewrite.py of SDK 528); besides them
// there are the times and substitutions.KEY.
var texts = map[string]func(*cloudbuildpb.Build) []string{
	"build_id":   func(b *cloudbuildpb.Build) []string { return []string{b.Id} },
	"project_id": func(b *cloudbuildpb.Build) []string { return []string{b.ProjectId} },
	"status":     func(b *cloudbuildpb.Build) []string { return []string{b.Status.String()} },
	"trigger_id": func(b *cloudbuildpb.Build) []string { return []string{b.BuildTriggerId} },
	"tags":       func(b *cloudbuildpb.Build) []string { return b.Tags },
	"images":     func(b *cloudbuildpb.Build) []string { return b.Images },
	"options.requested_verify_option": func(b *cloudbuildpb.Build) []string {
		return []string{b.GetOptions().GetRequestedVerifyOption().String()}
	},
	"results.images.name": func(b *cloudbuildpb.Build) (all []string) {
		for _, i := range b.GetResults().GetImages() {
			all = append(all, i.Name)
		}
		return all
	},
	"results.images.digest": func(b *cloudbuildpb.Build) (all []string) {
		for _, i := range b.GetResults().GetImages() {
			all = append(all, i.Digest)
		}
		return all
	},
	"source.storage_source.bucket": func(b *cloudbuildpb.Build) []string {
		return []string{b.GetSource().GetStorageSource().GetBucket()}
	},
	"source.storage_source.object": func(b *cloudbuildpb.Build) []string {
		return []string{b.GetSource().GetStorageSource().GetObject()}
	},
	"source.repo_source.repo_name": func(b *cloudbuildpb.Build) []string {
		return []string{b.GetSource().GetRepoSource().GetRepoName()}
	},
	"source.repo_source.branch_name": func(b *cloudbuildpb.Build) []string {
		return []string{b.GetSource().GetRepoSource().GetBranchName()}
	},
	"source.repo_source.tag_name": func(b *cloudbuildpb.Build) []string {
		return []string{b.GetSource().GetRepoSource().GetTagName()}
	},
	"source.repo_source.commit_sha": func(b *cloudbuildpb.Build) []string {
		return []string{b.GetSource().GetRepoSource().GetCommitSha()}
	},
	"source_provenance.resolved_repo_source.commit_sha": func(b *cloudbuildpb.Build) []string {
		return []string{b.GetSourceProvenance().GetResolvedRepoSource().GetCommitSha()}
	},
}

var times = map[string]func(*cloudbuildpb.Build) *timestamppb.Timestamp{
	"create_time": (*cloudbuildpb.Build).GetCreateTime,
	"start_time":  (*cloudbuildpb.Build).GetStartTime,
	"finish_time": (*cloudbuildpb.Build).GetFinishTime,
}

// predicate says whether a build is listed.
type predicate = func(*cloudbuildpb.Build) bool

func parseFilter(s string) (predicate, error) {
	match, _, err := filter.Parse(s, compare)
	return match, err
}

// compare makes the predicate of one comparison.
func compare(c filter.Comparison) (predicate, error) {
	field, op, value := c.Field, c.Op, c.Value
	if get, ok := times[field]; ok {
		return compareTime(get, field, op, value)
	}
	get, ok := texts[field]
	if key, isSubst := strings.CutPrefix(field, "substitutions."); isSubst && key != "" {
		get, ok = func(b *cloudbuildpb.Build) []string { return []string{b.Substitutions[key]} }, true
	}
	if !ok {
		return nil, fmt.Errorf("unknown field %q", field)
	}
	if field == "status" {
		if _, ok := cloudbuildpb.Build_Status_value[value]; !ok {
			return nil, fmt.Errorf("unknown status %q", value)
		}
	}
	switch op {
	case "=", ":":
		return func(b *cloudbuildpb.Build) bool { return slices.Contains(get(b), value) }, nil
	case "!=":
		return func(b *cloudbuildpb.Build) bool { return !slices.Contains(get(b), value) }, nil
	}
	return nil, fmt.Errorf("operator %q does not fit field %q", op, field)
}

func compareTime(get func(*cloudbuildpb.Build) *timestamppb.Timestamp, field, op, value string) (predicate, error) {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		if t, err = time.Parse(time.DateOnly, value); err != nil {
			return nil, fmt.Errorf("field %q needs a time in RFC 3339, not %q", field, value)
		}
	}
	var fits func(c int) bool
	switch op {
	case "=", ":":
		fits = func(c int) bool { return c == 0 }
	case "!=":
		fits = func(c int) bool { return c != 0 }
	case "<":
		fits = func(c int) bool { return c < 0 }
	case "<=":
		fits = func(c int) bool { return c <= 0 }
	case ">":
		fits = func(c int) bool { return c > 0 }
	case ">=":
		fits = func(c int) bool { return c >= 0 }
	}
	return func(b *cloudbuildpb.Build) bool {
		have := get(b)
		return have != nil && fits(have.AsTime().Compare(t))
	}, nil
}
