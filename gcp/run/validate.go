package run

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// sample is an image that anybody can run, which stands for one that is not built yet: nobody
// says whether Cloud Run looks for the image when it only validates.
const sample = "us-docker.pkg.dev/cloudrun/container/hello"

// validate has Cloud Run say whether it takes a release, without making it. It is asked where
// settings are otherwise than what is there: else nobody is asked. Who may not ask, and what
// Cloud Run says beside that a field is wrong, is left for the release to find.
func (t Target) validate(ctx context.Context, s release.Spec, now release.Service) error {
	if now.Exists && !changesSettings(now.Changes) {
		return nil
	}
	observed, ok, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil || ok != now.Exists {
		return nil // the release looks again
	}
	stands := sample
	if ok && image(observed) != "" {
		stands = image(observed)
	}
	wanted, err := Want(s, stands, RunOf(observed))
	if err != nil {
		return err
	}
	merged := Merge(observed, wanted)
	err = t.client.validate(ctx, s, observed, merged)
	if gcp.Code(err) != codes.InvalidArgument {
		return nil
	}
	if key := wrongKey(merged, err.Error()); key != "" {
		return &release.Refusal{Key: key, Err: err}
	}
	return nil
}

// validate sends what Update would, for Cloud Run to look at.
func (c *Client) validate(ctx context.Context, at release.Spec, observed, s *runpb.Service) error {
	return c.retry(ctx, "Cloud Run would refuse it", func(ctx context.Context, r *api.ServicesClient) (err error) {
		s := Input(s)
		if observed == nil {
			s.Name = ""
			_, err = r.CreateService(ctx, &runpb.CreateServiceRequest{
				Parent: "projects/" + at.Project + "/locations/" + at.Region, ServiceId: at.Service, Service: s, ValidateOnly: true,
			}, gcp.Once)
			return err
		}
		_, err = r.UpdateService(ctx, &runpb.UpdateServiceRequest{Service: s, ValidateOnly: true}, gcp.Once)
		return err
	})
}

// changesSettings says whether any of the changes is of a setting; the image is none.
func changesSettings(changes []release.Change) bool {
	for _, c := range changes {
		if strings.Contains(c.Path, ".") {
			return true
		}
	}
	return false
}

// fieldForm is a path of fields, as errors have it.
var fieldForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[A-Za-z_]+(?:\[\d+\])?(?:\.[A-Za-z_]+(?:\[\d+\])?)+`)
})

// wrongKey is the key that an error is about, by the first path of fields in it: of ours, or
// where none is for it the API's. "" = it names none, or the image, which is not built yet.
func wrongKey(s *runpb.Service, message string) string {
	for _, field := range fieldForm().FindAllString(message, -1) {
		path := apiPath(s, field)
		switch key, _ := keyed(path, ""); {
		case path == "template.image":
			return ""
		case key != strings.TrimPrefix(path, "template."), strings.HasPrefix(path, "template."):
			return parentKey(path, key)
		}
	}
	return ""
}

// parentKey is the first key of what stands below a path that none is for.
func parentKey(path, key string) string {
	for _, p := range paths {
		if strings.HasPrefix(p.api, path+".") {
			return p.path()
		}
	}
	return key
}

// apiPath is a path of fields as show has it: without where it begins, items by their names.
func apiPath(s *runpb.Service, field string) string {
	t := s.GetTemplate()
	var path []string
	main := slices.Index(t.GetContainers(), ingress(t))
	at := main
	for _, part := range strings.Split(field, ".") {
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		n, _ := strconv.Atoi(index)
		name = camel(name)
		switch name {
		case "service", "Service", "UpdateServiceRequest", "CreateServiceRequest", "spec", "metadata":
			continue
		case "containers":
			if !indexed || n == main {
				continue
			}
			if at = n; n < len(t.GetContainers()) {
				path = append(path, name, t.Containers[n].GetName())
			}
			continue
		}
		if path = append(path, name); !indexed {
			continue
		}
		if item := itemName(s, at, name, n); item != "" {
			path = append(path, item)
		}
	}
	for n := range path[:max(len(path)-1, 0)] {
		if path[n] == "env" {
			if isSecret(t, path[n+1]) {
				path[n] = "secrets"
			}
			path = path[:n+2] // what is in it has no key of its own
			break
		}
	}
	return strings.Join(path, ".")
}

// itemName is the name of an item of a list of a template, or of its container at an index.
func itemName(s *runpb.Service, at int, list string, n int) string {
	t := s.GetTemplate()
	if at >= len(t.GetContainers()) {
		return ""
	}
	c := t.GetContainers()[at]
	switch {
	case list == "env" && n < len(c.GetEnv()):
		return c.Env[n].GetName()
	case list == "volumes" && n < len(t.GetVolumes()):
		return t.Volumes[n].GetName()
	case list == "volumeMounts" && n < len(c.GetVolumeMounts()):
		return c.VolumeMounts[n].GetName()
	case list == "networkInterfaces":
		return strconv.Itoa(n)
	}
	return ""
}

func isSecret(t *runpb.RevisionTemplate, name string) bool {
	for _, v := range ingress(t).GetEnv() {
		if v.GetName() == name {
			return v.GetValueSource() != nil
		}
	}
	return false
}

// camel is the name of a field as JSON has it.
func camel(name string) string {
	parts := strings.Split(name, "_")
	for n, part := range parts {
		if n > 0 && part != "" {
			parts[n] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}
