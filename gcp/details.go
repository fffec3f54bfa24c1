package gcp

import (
	"errors"
	"strings"

	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/googleapi"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// details is what a server said about an error beside its code.
type details struct {
	reason     string
	metadata   map[string]string
	help       string // the first link's sentence
	violations []string
}

func detailsOf(err error) details {
	var d details
	a, ok := errors.AsType[*apierror.APIError](err)
	if !ok {
		if s, isStatus := errors.AsType[grpcError](err); isStatus {
			a, ok = apierror.FromError(s.GRPCStatus().Err())
		} else if g, isHTTP := errors.AsType[*googleapi.Error](err); isHTTP {
			a, ok = apierror.FromError(g)
			for _, item := range g.Errors {
				d.reason = item.Reason
			}
		}
	}
	if !ok {
		return d
	}
	if r := a.Reason(); r != "" {
		d.reason = r
	}
	d.metadata = a.Metadata()
	det := a.Details()
	for _, l := range det.Help.GetLinks() {
		if d.help == "" {
			d.help = "See " + l.GetUrl() + " (" + l.GetDescription() + ")."
		}
	}
	for _, v := range det.BadRequest.GetFieldViolations() {
		d.violations = append(d.violations, v.GetField()+": "+v.GetDescription())
	}
	for _, v := range det.PreconditionFailure.GetViolations() {
		d.violations = append(d.violations, v.GetSubject()+": "+v.GetDescription())
	}
	return d
}

// denied is the hint for an account or a project that lacks a right.
func (d details) denied() string {
	switch d.reason {
	case "SERVICE_DISABLED":
		hint := "Run `gcloud services enable " + d.metadata["service"]
		if p, ok := strings.CutPrefix(d.metadata["consumer"], "projects/"); ok {
			hint += " --project " + p
		}
		return hint + "`."
	case "BILLING_DISABLED":
		return "Enable billing for the project at https://console.cloud.google.com/billing."
	case "IAM_PERMISSION_DENIED":
		permission := d.metadata["permission"]
		hint := "Grant " + permission
		if r, ok := rights.Find(rights.Person, permission); ok {
			hint += " (in " + r.Role + ")"
		}
		if resource := d.metadata["resource"]; resource != "" {
			hint += " on " + resource
		}
		return hint + "."
	case "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
		return login
	}
	if d.help != "" {
		return d.help
	}
	return "Check which account is used (`gcloud auth application-default login` changes it) and which roles it has on the project."
}

// exhausted is the hint for a limit that was hit.
func (d details) exhausted() string {
	if l := d.metadata["quota_limit"]; l != "" {
		return "Run again in a minute, or raise the quota " + l + "."
	}
	return "Run again in a minute."
}
