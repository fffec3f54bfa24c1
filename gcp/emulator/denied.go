package emulator

import (
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// denied is the error of a call that the caller has no permission for, in the words
// of each API. Cloud Build and App Engine say nothing of which one.
func denied(a frame.Access) error {
	domain, text := "iam.googleapis.com", "Permission '"+a.Permission+"' denied on resource '"+a.Resource+"' (or it may not exist)."
	switch a.API {
	case "cloudbuild.googleapis.com":
		return status.Error(codes.PermissionDenied, "The caller does not have permission")
	case "appengine.googleapis.com":
		return status.Error(codes.PermissionDenied, "Operation not allowed")
	case "serviceusage.googleapis.com":
		return usageDenied(a)
	case "artifactregistry.googleapis.com", "cloudresourcemanager.googleapis.com":
		domain = a.API
		text = "Permission '" + a.Permission + "' denied on resource '//" + a.API + "/" + a.Resource + "' (or it may not exist)."
	case "run.googleapis.com":
		text = "Permission '" + a.Permission + "' denied on resource '" + a.Resource + "' (or resource may not exist)."
	case "secretmanager.googleapis.com":
		text = "Permission '" + a.Permission + "' denied for resource '" + a.Resource + "' (or it may not exist)."
	case "iam.googleapis.com", "iamcredentials.googleapis.com":
		text = "Permission '" + a.Permission + "' denied on resource (or it may not exist)."
	case "logging.googleapis.com":
		text = "Permission denied for all log views"
	}
	return detailed(text, &errdetails.ErrorInfo{Reason: "IAM_PERMISSION_DENIED", Domain: domain,
		Metadata: map[string]string{"permission": a.Permission, "resource": a.Resource}})
}

// usageDenied is Service Usage's own.
func usageDenied(a frame.Access) error {
	project, api, _ := strings.Cut(a.Resource, "/services/")
	number := "projects/" + frame.ProjectNumber(strings.TrimPrefix(project, "projects/"))
	verb := a.Permission[strings.LastIndexByte(a.Permission, '.')+1:]
	text := "Permission denied to " + verb + " services for consumer container [" + number + "]"
	if api != "" {
		text = "Permission denied to " + verb + " service [" + api + "]"
	}
	return detailed(text, &errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{Type: "googleapis.com", Subject: "110002"}}},
		&errdetails.ErrorInfo{Reason: "AUTH_PERMISSION_DENIED", Domain: "serviceusage.googleapis.com",
			Metadata: map[string]string{"permission": a.Permission, "resource": number}})
}

// consumerInvalid says that the project which a call is billed to is not there.
func consumerInvalid(project, api string) error {
	return detailed("Permission denied on resource project "+project+".", &errdetails.ErrorInfo{Reason: "CONSUMER_INVALID", Domain: "googleapis.com",
		Metadata: map[string]string{"consumer": "projects/" + project, "service": api}})
}

// mayNotBill says that the caller may not name the project to be billed.
func mayNotBill(project, api string) error {
	return detailed("Caller does not have required permission to use project "+project+". Grant the caller the roles/serviceusage.serviceUsageConsumer role, "+
		"or a custom role with the serviceusage.services.use permission, by visiting https://console.developers.google.com/iam-admin/iam/project?project="+project+
		" and then retry. Propagation of the new permission may take a few minutes.", &errdetails.ErrorInfo{Reason: "USER_PROJECT_DENIED", Domain: "googleapis.com",
		Metadata: map[string]string{"consumer": "projects/" + project, "service": api}})
}

// actAs says that the caller may not act as a service account.
func actAs(api, account string) error {
	_, email, _ := strings.Cut(account, "/serviceAccounts/")
	text := "Permission 'iam.serviceaccounts.actAs' denied on service account " + email + " (or it may not exist)."
	if api == "cloudbuild.googleapis.com" {
		return status.Error(codes.PermissionDenied, text)
	}
	return detailed(text, &errdetails.ErrorInfo{Reason: "IAM_PERMISSION_DENIED", Domain: "iam.googleapis.com",
		Metadata: map[string]string{"permission": "iam.serviceAccounts.actAs", "resource": account}})
}

func detailed(text string, details ...protoadapt.MessageV1) error {
	st, err := status.New(codes.PermissionDenied, text).WithDetails(details...)
	if err != nil {
		return err
	}
	return st.Err()
}
