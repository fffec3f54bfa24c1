package plan

import (
	"cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// Options are the build's own settings.
type Options struct {
	Region          string `json:"region,omitempty"` // where that is another than the service's
	ServiceAccount  string `json:"service_account,omitempty"`
	MachineType     string `json:"machine_type,omitempty"`
	DiskSizeGB      int    `json:"disk_size_gb,omitempty"`
	WorkerRelease   string `json:"worker_release,omitempty"`
	TimeoutSeconds  int    `json:"timeout_seconds,omitempty"`
	QueueTTLSeconds int    `json:"queue_ttl_seconds,omitempty"`
	Pool            string `json:"pool,omitempty"`
	SourceBucket    string `json:"source_bucket,omitempty"`
	LogsBucket      string `json:"logs_bucket,omitempty"`
	Logging         string `json:"logging,omitempty"`
	Provenance      bool   `json:"provenance,omitempty"`
}

// OptionsOf are the settings of builds that a configuration asks for.
func OptionsOf(b config.Build, place Place) Options {
	o := Options{
		Region: cmp.Or(b.Region, place.Home), ServiceAccount: b.ServiceAccount, MachineType: b.MachineType, DiskSizeGB: b.DiskSize,
		WorkerRelease: b.WorkerRelease, TimeoutSeconds: int(b.Timeout.Seconds()), QueueTTLSeconds: int(b.QueueTTL.Seconds()),
		Pool: b.Pool, SourceBucket: b.SourceBucket, LogsBucket: b.LogsBucket, Logging: b.Logging,
		Provenance: b.Provenance,
	}
	if o.Region == place.Region {
		o.Region = ""
	}
	return o
}
