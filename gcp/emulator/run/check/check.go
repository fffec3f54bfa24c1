// Package check looks at the fields that services and jobs of Cloud Run both have.
package check

import (
	"regexp"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	systemNamespaces = []string{"run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev"}
	labelKey         = regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[a-z][-_a-z0-9]{0,62}$`) // client.knative.dev/nonce is gcloud's
	labelValue       = regexp.MustCompile(`^[-_a-z0-9]{0,63}$`)
	envName          = regexp.MustCompile(`^[-._a-zA-Z][-._a-zA-Z0-9]*$`)
)

// Invalid is the error of a field that is not as it must be.
func Invalid(name, format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, "Violation in "+name+": "+format, args...)
}

// Meta checks labels and annotations.
func Meta(name string, labels, annotations map[string]string) error {
	for kind, m := range map[string]map[string]string{"labels": labels, "annotations": annotations} {
		for k := range m {
			namespace, _, _ := strings.Cut(k, "/")
			for _, n := range systemNamespaces {
				if namespace == n || strings.HasSuffix(namespace, "."+n) {
					return Invalid(name+"."+kind, "%q is in the system namespace %s, which is not allowed in v2; use the corresponding field", k, n)
				}
			}
		}
	}
	for k, v := range labels {
		if !labelKey.MatchString(k) || !labelValue.MatchString(v) {
			return Invalid(name+".labels", "label %q: %q must use only lowercase letters, digits, hyphens and underscores, at most 63 characters", k, v)
		}
	}
	return nil
}

// Env checks a container's variables; reserved are those that the system sets.
func Env(name string, env []*runpb.EnvVar, reserved func(string) bool) error {
	if len(env) > 1000 {
		return Invalid(name, "at most 1000 variables may be given")
	}
	seen := map[string]bool{}
	for _, e := range env {
		n := e.GetName()
		switch {
		case !envName.MatchString(n) || len(n) > 32768:
			return Invalid(name, "%q is no valid name of a variable", n)
		case reserved(n):
			return Invalid(name, "The following reserved env names were provided: %s. These values are automatically set by the system.", n)
		case seen[n]:
			return Invalid(name, "variable %s is given twice", n)
		case e.GetValueSource() != nil && e.GetValueSource().GetSecretKeyRef().GetSecret() == "":
			return Invalid(name, "variable %s: secret_key_ref.secret is required", n)
		case len(e.GetValue()) > 32768:
			return Invalid(name, "the value of variable %s has more than 32768 bytes", n)
		}
		seen[n] = true
	}
	return nil
}
