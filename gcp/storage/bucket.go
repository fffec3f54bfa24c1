package storage

import (
	"context"
	"errors"
	"strings"

	gcs "cloud.google.com/go/storage"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Bucket is how a bucket is set up.
type Bucket struct {
	Location string
	Uniform  bool // roles on the bucket alone decide, not lists on its objects
	Private  bool // can never be made public
	Rules    []Rule
	Labels   map[string]string
}

// Rule is what becomes of an object, or of an upload that nobody ended, of some age.
type Rule struct {
	Action string // one of those below; of rules that others made it may be another
	Days   int
}

// What a Rule does.
const (
	Delete      = gcs.DeleteAction
	AbortUpload = gcs.AbortIncompleteMPUAction
	Nearline    = "NEARLINE" // cheaper to keep, dearer to read
)

// plainName is a project's ID as it may be part of a bucket's name. Google lets no
// bucket be named after itself.
func plainName(project string) string {
	return strings.ReplaceAll(strings.NewReplacer(":", "_", ".", "_").Replace(project), "google", "elgoog")
}

// SourceBucket is what setup calls the bucket of sources of a region.
func SourceBucket(project, region string) string {
	return plainName(project) + "_" + region + "_source"
}

// LogsBucket is what setup calls the bucket of builds' logs of a region.
func LogsBucket(project, region string) string { return plainName(project) + "_" + region + "_logs" }

func bucketOf(a *gcs.BucketAttrs) Bucket {
	b := Bucket{
		Location: a.Location, Uniform: a.UniformBucketLevelAccess.Enabled,
		Private: a.PublicAccessPrevention == gcs.PublicAccessPreventionEnforced, Labels: a.Labels,
	}
	for _, r := range a.Lifecycle.Rules {
		rule := Rule{r.Action.Type, int(r.Condition.AgeInDays)}
		if r.Action.Type == gcs.SetStorageClassAction {
			rule.Action = r.Action.StorageClass
		}
		b.Rules = append(b.Rules, rule)
	}
	return b
}

func (b Bucket) lifecycle() gcs.Lifecycle {
	var l gcs.Lifecycle
	for _, r := range b.Rules {
		rule := gcs.LifecycleRule{Action: gcs.LifecycleAction{Type: r.Action}, Condition: gcs.LifecycleCondition{AgeInDays: int64(r.Days)}}
		if r.Action == Nearline {
			rule.Action = gcs.LifecycleAction{Type: gcs.SetStorageClassAction, StorageClass: Nearline}
		}
		l.Rules = append(l.Rules, rule)
	}
	return l
}

// Bucket looks at a project's bucket. NotFound says that nobody has one of that
// name; one of another project's is an error of its own, as whoever made it would
// get what is put there.
func (c *Client) Bucket(ctx context.Context, project, bucket string) (Bucket, error) {
	all, err := c.Buckets(ctx, project, bucket)
	if b, ok := all[bucket]; ok || err != nil {
		return b, err
	}
	err = c.retry(ctx, "looking for the bucket "+bucket, func(ctx context.Context, g *gcs.Client) error {
		_, err := g.Bucket(bucket).Attrs(ctx)
		return err
	})
	if missing(err) {
		return Bucket{}, errs.New(errs.NotFound, "", "looking for the bucket %s: %w", bucket, err)
	}
	if err == nil || gcp.Code(err) == codes.PermissionDenied {
		return Bucket{}, strangers(bucket)
	}
	return Bucket{}, err
}

// strangers is the error for a bucket of another project's.
func strangers(bucket string) error {
	return errs.New(errs.Auth, "Ask its owner, or name another one as build.source_bucket or build.logs_bucket.",
		"the bucket %s belongs to another project: nothing is put there", bucket)
}

// Buckets are the buckets of a project whose names begin with prefix.
func (c *Client) Buckets(ctx context.Context, project, prefix string) (map[string]Bucket, error) {
	var all map[string]Bucket
	err := c.retry(ctx, "looking for buckets of the project "+project, func(ctx context.Context, g *gcs.Client) error {
		all = map[string]Bucket{}
		it := g.Buckets(ctx, project)
		it.Prefix = prefix
		for {
			b, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return gcp.Called(err, "storage.Buckets", "projects/"+project)
			}
			all[b.Name] = bucketOf(b)
		}
	})
	return all, err
}

// CreateBucket makes a bucket. One that is there already is an error, whosever it is.
func (c *Client) CreateBucket(ctx context.Context, project, bucket string, b Bucket) error {
	return c.retry(ctx, "creating the bucket "+bucket, func(ctx context.Context, g *gcs.Client) error {
		return g.Bucket(bucket).Create(ctx, project, &gcs.BucketAttrs{
			Location: b.Location, UniformBucketLevelAccess: gcs.UniformBucketLevelAccess{Enabled: b.Uniform},
			PublicAccessPrevention: prevention(b), Lifecycle: b.lifecycle(), Labels: b.Labels,
		})
	})
}

// UpdateBucket sets access and lifecycle of a bucket.
func (c *Client) UpdateBucket(ctx context.Context, bucket string, access bool, rules []Rule) error {
	return c.retry(ctx, "changing the bucket "+bucket, func(ctx context.Context, g *gcs.Client) error {
		var u gcs.BucketAttrsToUpdate
		if access {
			u.UniformBucketLevelAccess = &gcs.UniformBucketLevelAccess{Enabled: true}
			u.PublicAccessPrevention = gcs.PublicAccessPreventionEnforced
		}
		if len(rules) > 0 {
			l := Bucket{Rules: rules}.lifecycle()
			u.Lifecycle = &l
		}
		_, err := g.Bucket(bucket).Update(ctx, u)
		return err
	})
}

func prevention(b Bucket) gcs.PublicAccessPrevention {
	if b.Private {
		return gcs.PublicAccessPreventionEnforced
	}
	return gcs.PublicAccessPreventionInherited
}

// DeleteBucket removes a bucket with all that is in it. One that is not there is no
// error.
func (c *Client) DeleteBucket(ctx context.Context, bucket string) error {
	err := c.retry(ctx, "emptying the bucket "+bucket, func(ctx context.Context, g *gcs.Client) error {
		it := g.Bucket(bucket).Objects(ctx, &gcs.Query{Versions: true})
		for {
			o, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := g.Bucket(bucket).Object(o.Name).Generation(o.Generation).Delete(ctx); err != nil && !missing(err) {
				return err
			}
		}
	})
	if err == nil {
		err = c.retry(ctx, "deleting the bucket "+bucket, func(ctx context.Context, g *gcs.Client) error { return g.Bucket(bucket).Delete(ctx) })
	}
	if missing(err) {
		return nil
	}
	return err
}
