//! Component: which program (or which kind of object) speaks in a record.
//!
//! In: names as logs and paths spell them. Out: a [`Component`]. Must not know: formats, paths.

use std::fmt;

macro_rules! components {
    ($($variant:ident $name:literal $doc:literal),* $(,)?) => {
        /// The program that wrote a record, or the kind of record where no program is meant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Component {
            $(#[doc = $doc] $variant),*
        }

        impl Component {
            /// Every component, in the order of the enumeration.
            pub const ALL: &'static [Component] = &[$(Component::$variant),*];

            /// The name used in patterns, queries and reports.
            pub const fn name(self) -> &'static str {
                match self { $(Component::$variant => $name),* }
            }
        }
    };
}

components! {
    Kubelet "kubelet" "The node agent of Kubernetes.",
    KubeControllerManager "kube-controller-manager" "Node, taint, StatefulSet, attach/detach controllers.",
    KubeScheduler "kube-scheduler" "Binds pods to nodes.",
    KubeApiserver "kube-apiserver" "The API server's own log.",
    KubeProxy "kube-proxy" "Service routing on a node.",
    CloudControllerManager "cloud-controller-manager" "The cloud provider's controllers.",
    Audit "audit" "The API server's audit log.",
    Event "event" "A Kubernetes Event object, whatever way it was printed.",
    Object "object" "Another Kubernetes object or a table of them (nodes, pods, leases).",
    Etcd "etcd" "The store behind the API server.",
    Containerd "containerd" "A container runtime.",
    Dockerd "dockerd" "A container runtime.",
    Crio "crio" "A container runtime.",
    Kernel "kernel" "The kernel's ring buffer.",
    Systemd "systemd" "The init system.",
    Mysqld "mysqld" "MySQL, Percona Server, MariaDB: the server's error log.",
    MysqldSafe "mysqld_safe" "The wrapper that restarts mysqld, and image entrypoints.",
    Redis "redis" "Redis server, cluster or sentinel.",
    Iperf "iperf3" "Output of a network measurement.",
    Container "container" "Standard output of a container whose program is not known.",
    Other "other" "A program that necropsy does not know by name.",
}

impl Component {
    /// The component of that name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|component| component.name() == name)
    }

    /// Whether it says which program, or which kind of object, speaks.
    pub const fn is_program(self) -> bool {
        !matches!(self, Self::Container | Self::Other)
    }

    /// Names in a message by which the program means itself, and which other programs hardly use.
    pub const fn calls_itself(self) -> &'static [&'static str] {
        match self {
            Self::Mysqld => &["mysqld", "mariadbd", "InnoDB", "WSREP"],
            Self::MysqldSafe => &["mysqld_safe", "mysqld-safe", "mariadbd-safe"],
            Self::Kubelet => &["kubelet"],
            Self::KubeControllerManager => &["kube-controller-manager"],
            Self::KubeScheduler => &["kube-scheduler"],
            Self::KubeApiserver => &["kube-apiserver"],
            Self::KubeProxy => &["kube-proxy"],
            Self::Etcd => &["etcdserver", "etcdmain"],
            Self::Redis => &["redis-server", "valkey-server", "keydb-server"],
            _ => &[],
        }
    }

    /// The component that a process, unit or file name speaks of (`kubelet`, `kubelet.service`, `kube-controller`, `mariadbd`, `mysqld-error`).
    pub fn from_program(program: &str) -> Option<Self> {
        let program = program.to_ascii_lowercase();
        let program = program.strip_suffix(".service").unwrap_or(&program);
        // A snap's daemon: `microk8s.daemon-etcd`, as a unit `snap.microk8s.daemon-etcd`.
        let program = program.rsplit_once(".daemon-").map_or(program, |(_, daemon)| daemon);
        Some(match program {
            "kubelet" | "kubelet-wrapper" | "hyperkube" | "kubenswrapper" | "origin-node" | "atomic-openshift-node" => Self::Kubelet,
            "kube-controller-manager" | "kube-controller" | "kube-controllers" | "kcm" | "controller-manager" => Self::KubeControllerManager,
            "kube-scheduler" | "scheduler" => Self::KubeScheduler,
            "kube-apiserver" | "apiserver" => Self::KubeApiserver,
            "kube-proxy" => Self::KubeProxy,
            "cloud-controller-manager" => Self::CloudControllerManager,
            "etcd" | "etcd2" | "etcd3" | "etcd-member" => Self::Etcd,
            "containerd" => Self::Containerd,
            "dockerd" | "docker" => Self::Dockerd,
            "crio" | "cri-o" => Self::Crio,
            "kernel" => Self::Kernel,
            "systemd" | "init" => Self::Systemd,
            "mysqld" | "mysqld-error" | "mariadbd" | "mysql" | "mariadb" => Self::Mysqld,
            "mysqld_safe" | "mariadbd-safe" => Self::MysqldSafe,
            "redis" | "redis-server" | "redis-sentinel" | "valkey" | "valkey-server" | "valkey-sentinel" | "keydb" | "keydb-server" => Self::Redis,
            "iperf3" => Self::Iperf,
            _ => return None,
        })
    }
}

impl fmt::Display for Component {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
