//! The log collector of EKS.
//!
//! In: a path. Out: the bundle, whose files are all of one machine. Must not know: contents, which tell the machine's name.
//!
//! # Source
//!
//! awslabs/amazon-eks-ami `log-collector-script/linux`: `eks_<instance-id>_<date>_<time>_<version>.tar.gz`, without a folder around its members.

/// The part of a path that ends with the bundle's name.
pub(super) fn machine(path: &str) -> Option<&str> {
    let (mut at, mut found) = (0, None);
    for segment in path.split_inclusive('/') {
        at += segment.len();
        let is_bundle = segment.strip_prefix("eks_i-").is_some_and(|rest| rest.bytes().next().is_some_and(|byte| byte.is_ascii_hexdigit()));
        if is_bundle && segment.ends_with('/') {
            found = path.get(..at);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_known_by_its_name() {
        for (path, expected) in [
            ("in/eks_i-0abc_2025-01-02_0304-UTC_0.7.tar.gz!/kubelet/kubelet.log", Some("in/eks_i-0abc_2025-01-02_0304-UTC_0.7.tar.gz!/")),
            ("eks_i-0abc_2025-01-02_0304-UTC_0.7/var_log/messages", Some("eks_i-0abc_2025-01-02_0304-UTC_0.7/")),
            ("eks_i-0abc_2025-01-02_0304-UTC_0.7.tar.gz", None),
            ("eks_i-node/kubelet.log", None),
            ("", None),
        ] {
            assert_eq!(machine(path), expected, "{path}");
        }
    }
}
