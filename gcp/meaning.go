package gcp

import (
	"errors"
	"regexp"
	"strings"

	"cloud.google.com/go/auth"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// meaning is the kind and the hint of an error by its code, reason and call. by,
// which opens files, is asked where it matters.
func meaning(err error, by func() caller) (errs.Kind, string) {
	d := detailsOf(err)
	if kind, hint, ok := d.wherever(remote{err}.Error()); ok {
		return kind, hint
	}
	switch Code(err) {
	case codes.Unauthenticated:
		return errs.Auth, by().signIn(err)
	case codes.PermissionDenied:
		return errs.Auth, d.denied(err, by())
	case codes.NotFound:
		return errs.NotFound, missing(err)
	case codes.ResourceExhausted:
		return errs.Quota, d.exhausted()
	case codes.Unavailable, codes.DeadlineExceeded:
		return errs.Transient, "Check the network, and run again."
	case codes.Aborted:
		return errs.Transient, "Run again: something else was changing it at the same time."
	case codes.InvalidArgument:
		return d.invalid(err)
	case codes.FailedPrecondition, codes.OutOfRange:
		return errs.Internal, d.help
	}
	return errs.Internal, ""
}

// ourRegions are where every project may build (cloud.google.com/build/docs/locations,
// "Restricted regions for some projects", read 2026-11).
const ourRegions = "us-central1, us-west2, europe-west1, asia-east1, australia-southeast1, southamerica-east1"

var constraint = regexp.MustCompile(`constraints/[a-zA-Z0-9.]+`)

// wherever is for what services answer with more than one code.
func (d details) wherever(text string) (errs.Kind, string, bool) {
	switch {
	case d.reason == "BILLING_DISABLED", d.reason == "UREQ_PROJECT_BILLING_NOT_FOUND":
		return errs.Auth, "Enable billing for the project" + d.project() + " at https://console.cloud.google.com/billing.", true
	case strings.Contains(text, "due to quota restrictions, cannot run builds in this region"):
		return errs.Quota, "Build in another region: this project may in " + ourRegions + "; or ask Google's support for this one.", true
	case d.reason == "SECURITY_POLICY_VIOLATED", strings.Contains(text, "vpcServiceControlsUniqueIdentifier"):
		return errs.Auth, "Run from inside of the VPC Service Controls perimeter, or ask its administrator for a rule; the identifier says which request it was.", true
	case constraint.MatchString(text + d.policy):
		which := constraint.FindString(text + d.policy)
		return errs.Auth, "Ask who administers the organization for an exception from its policy " + which + ", or do without: `gcloud org-policies describe " +
			strings.TrimPrefix(which, "constraints/") + " --effective --project=PROJECT` shows what it allows.", true
	}
	return 0, "", false
}

// project is the project that a server names, as the end of a phrase.
func (d details) project() string {
	if p, ok := strings.CutPrefix(d.metadata["consumer"], "projects/"); ok {
		return " " + p
	}
	return ""
}

// ofGcloud are the projects of gcloud's own client: calls are charged to one of them
// when a user's credentials name no project.
var ofGcloud = map[string]bool{" 764086051850": true, " 32555940559": true}

// denied is the hint for an account or a project that lacks a right.
func (d details) denied(err error, by caller) string {
	switch d.reason {
	case "SERVICE_DISABLED":
		if ofGcloud[d.project()] {
			return "Run `gcloud auth application-default set-quota-project PROJECT`: the calls are charged to no project of yours."
		}
		hint := "Run `gcloud services enable " + d.metadata["service"]
		if p := d.project(); p != "" {
			hint += " --project=" + strings.TrimPrefix(p, " ")
		}
		return hint + "`, and run again after a minute or two."
	case "USER_PROJECT_DENIED":
		return lack{permission: "serviceusage.services.use", resource: d.metadata["consumer"]}.grant(by)
	case "CONSUMER_INVALID":
		return "Check the project's ID:" + d.project() + " is none that there is (`gcloud projects list` shows yours)."
	case "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
		if by.from == metadataServer {
			return "Give the machine the scope cloud-platform."
		}
		return login
	}
	if l := lackOf(err, d, by.as); l.permission != "" {
		hint := l.grant(by)
		if strings.Contains(l.resource, "/repositories/") && strings.Contains(remote{err}.Error(), "may not exist") {
			hint += " Where there is no such repository: `" + createRepository + "`."
		}
		return hint
	}
	if d.help != "" {
		return d.help
	}
	return "Check which account is used (`" + loginCommand + "` changes it) and which roles it has on the project."
}

const createRepository = "gcloud artifacts repositories create NAME --repository-format=docker --location=REGION"

// missing is the hint for what is not there.
func missing(err error) string {
	c, ok := errors.AsType[*called](err)
	text := remote{err}.Error()
	switch {
	case ok && (c.call == "registry.GetRepository" || c.call == "registry.Push"):
		return "Create " + grantable(c.resource, false).words + ": `" + createRepository + "`."
	case strings.Contains(text, "bucket does not exist"):
		return "Check the bucket's name, or create it: `gcloud storage buckets create gs://NAME --location=REGION`."
	case ok && strings.HasPrefix(c.call, "trigger."):
		return "Run `gcpdeploy trigger list`: it shows the triggers that there are in the region of builds."
	case ok && c.call == "cloudbuild.CreateBuild":
		return "Check build.pool, the region and the project: one of them is not there."
	}
	return "Check the name, the project and the region."
}

// invalid is for what a service refuses to take. Of a build that is most often one
// of its settings.
func (d details) invalid(err error) (errs.Kind, string) {
	c, ok := errors.AsType[*called](err)
	if ok && strings.HasPrefix(c.call, "trigger.") {
		return errs.Usage, refusedTrigger(remote{err}.Error())
	}
	if !ok || c.call != "cloudbuild.CreateBuild" {
		return errs.Internal, d.help
	}
	text := remote{err}.Error()
	switch {
	case strings.Contains(text, "logs_bucket"):
		return errs.Usage, "Set build.logs_bucket to a bucket that the builds' account may write to."
	case strings.Contains(text, "Request contains an invalid argument"):
		return errs.Usage, "Name build.service_account, if it is not; else look at the settings below build."
	}
	return errs.Usage, "Look at the settings below build: Cloud Build does not take one of them."
}

// refusedTrigger is the hint for a trigger that Cloud Build does not take. Often it
// says no more than that an argument is invalid.
func refusedTrigger(text string) string {
	switch {
	case strings.Contains(text, "Repository mapping does not exist"):
		return "Connect the repository to the project on the page that is named, and run again."
	case strings.Contains(text, "Request contains an invalid argument"):
		return "Name build.service_account (`gcpdeploy setup` does), which new projects want; and see that connection and repository are in the region of builds."
	}
	return "Look at the trigger with --dry-run: Cloud Build does not take it."
}

// exhausted is the hint for a limit that was hit.
func (d details) exhausted() string {
	if l := d.metadata["quota_limit"]; l != "" {
		return "Run again in a minute, or raise the quota " + l + "."
	}
	return "Run again in a minute."
}

// signIn is the hint for credentials that are not good (any more).
func (by caller) signIn(err error) string {
	body := ""
	if a, ok := errors.AsType[*auth.Error](err); ok {
		body = string(a.Body)
	}
	switch {
	case strings.Contains(body, "rapt"):
		return "Sign in again, as your organization wants it from time to time: run `" + loginCommand + "`."
	case strings.Contains(body, "short-lived token"):
		return "Set this machine's clock: Google takes no key's signature from another time."
	case strings.Contains(body, "Invalid JWT Signature"), strings.Contains(body, "account not found"):
		return "Use another key: this one, or its account, was deleted."
	case strings.Contains(body, "invalid_grant"):
		return "Sign in again, the login was withdrawn or is too old: run `" + loginCommand + "`."
	case by.as == rights.Builds:
		return "Run again: the build's own credentials were refused."
	case strings.HasSuffix(by.kind, accessToken):
		return "Write a new token to " + by.from + ": the one in it is not good any more."
	case by.from == metadataServer:
		return "Look at the machine's service account, or run `" + loginCommand + "`."
	}
	return login
}
