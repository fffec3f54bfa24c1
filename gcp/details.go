package gcp

import (
	"errors"

	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/googleapi"
)

// details is what a server said about an error beside its code.
type details struct {
	reason     string
	metadata   map[string]string
	help       string // the first link's sentence
	violations []string
	policy     string // types of the preconditions that fail, an organization's constraints among them
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
		d.policy += " " + v.GetType()
		d.violations = append(d.violations, v.GetSubject()+": "+v.GetDescription())
	}
	return d
}
