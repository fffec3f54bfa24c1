package cloudbuild_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"cloud.google.com/go/logging/apiv2/loggingpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emulogging "github.com/gcpdeploy/gcpdeploy/gcp/emulator/logging"
	emustorage "github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
)

// log is a build's log as it lies in its bucket.
func (f *fixture) log(t *testing.T, b *cloudbuildpb.Build) string {
	t.Helper()
	r, _, err := emulator.Get[*emustorage.Store](f.server).Open(strings.TrimPrefix(b.GetLogsBucket(), "gs://"), "log-"+b.GetId()+".txt", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// nothing fails the test, by a warning, where a log is written.
var nothing = writer(func([]byte) (int, error) { return 0, errors.New("unexpected") })

// logging is a build that logs there.
func logging(to cloudbuildpb.BuildOptions_LoggingMode) *cloudbuildpb.Build {
	b := build()
	b.Options = &cloudbuildpb.BuildOptions{Logging: to}
	if to == cloudbuildpb.BuildOptions_GCS_ONLY {
		b.LogsBucket = "gs://my-project_cloudbuild"
	}
	return b
}

// entries is a build's log as Cloud Logging has it.
func (f *fixture) entries(t *testing.T, b *cloudbuildpb.Build) (text string) {
	t.Helper()
	r := &loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/" + project}, PageSize: 1000,
		Filter: fmt.Sprintf("resource.type=build AND resource.labels.build_id=%q", b.GetId())}
	page, err := emulator.Get[*emulogging.Server](f.server).ListLogEntries(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.GetEntries() {
		text += e.GetTextPayload() + "\n"
	}
	return text
}
