package cloudbuild

import (
	"context"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// account is the e-mail of whom a build runs as.
func account(b *cloudbuildpb.Build) string {
	return email(b.ServiceAccount)
}

// email is the last part of projects/P/serviceAccounts/E.
func email(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// as is a context in which a build's account calls.
func as(ctx context.Context, b *cloudbuildpb.Build) context.Context {
	return frame.WithCaller(ctx, "serviceAccount:"+account(b))
}

// actAs asks whether the caller may build as an account, by its e-mail. Cloud Build's own
// needs no right: who may build may build as it.
func (s *Server) actAs(ctx context.Context, project, email string) error {
	if s.cfg.Allow == nil || strings.HasSuffix(email, "@cloudbuild.gserviceaccount.com") {
		return nil
	}
	return s.cfg.Allow(ctx, frame.Access{API: "cloudbuild.googleapis.com", Project: project,
		Permission: "iam.serviceAccounts.actAs", Resource: "projects/-/serviceAccounts/" + email})
}
