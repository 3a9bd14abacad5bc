//! The sets that can be fetched: where their files are, and what must be in them.

/// Every set that can be fetched.
pub const ALL: &[FileSet] = &[MNIST, FASHION_MNIST, CIFAR10];

/// A data set that is made of files.
#[derive(Clone, Copy, Debug)]
pub struct FileSet {
    /// Its name in the registry of [`sources`](crate::sources).
    pub name: &'static str,
    /// The folders that its files may be in, within the one of all data sets; new ones go into the first.
    pub folders: &'static [&'static str],
    /// The addresses that its files are found under, the first choice first: `HOME/FILE`.
    pub homes: &'static [&'static str],
    /// Its files.
    pub files: &'static [RemoteFile],
}

/// A file as it is published. Compressed bytes differ from mirror to mirror; what is in them is pinned.
#[derive(Clone, Copy, Debug)]
pub struct RemoteFile {
    /// Its name.
    pub name: &'static str,
    /// How it holds its contents.
    pub kind: Kind,
    /// Its contents, decompressed.
    pub members: &'static [Member],
}

impl RemoteFile {
    /// The most bytes that are ever taken for it: compression makes nothing much longer.
    pub fn limit(&self) -> u64 {
        self.members.iter().map(|member| member.bytes).sum::<u64>() + (1 << 20)
    }
}

/// How a file holds its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is its only member, plain or compressed.
    Single,
    /// A tar archive, plain or compressed, that its members are in, possibly among others.
    Tar,
}

/// A file of the set, decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, without folder and ending of the compression.
    pub name: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: &'static str,
}

/// A file of so many bytes and this sum, published as `NAME.gz`.
macro_rules! gzipped {
    ($name:literal, $bytes:literal, $sha256:literal) => {
        RemoteFile {
            name: concat!($name, ".gz"),
            kind: Kind::Single,
            members: &[Member { name: $name, bytes: $bytes, sha256: $sha256 }],
        }
    };
}

const MNIST: FileSet = FileSet {
    name: "mnist",
    folders: &["mnist"],
    homes: &[
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "http://yann.lecun.com/exdb/mnist",
    ],
    files: &[
        gzipped!("train-images-idx3-ubyte", 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        gzipped!("train-labels-idx1-ubyte", 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        gzipped!("t10k-images-idx3-ubyte", 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        gzipped!("t10k-labels-idx1-ubyte", 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ],
};

const FASHION_MNIST: FileSet = FileSet {
    name: "fashion-mnist",
    folders: &["fashion-mnist"],
    homes: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
    ],
    files: &[
        gzipped!("train-images-idx3-ubyte", 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        gzipped!("train-labels-idx1-ubyte", 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        gzipped!("t10k-images-idx3-ubyte", 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        gzipped!("t10k-labels-idx1-ubyte", 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ],
};

/// A batch of 10,000 pictures of CIFAR-10: a byte for the class and 3,072 for the picture.
const fn batch(name: &'static str, sha256: &'static str) -> Member {
    Member { name, bytes: 10_000 * 3073, sha256 }
}

const CIFAR10: FileSet = FileSet {
    name: "cifar10",
    folders: &["cifar10", "cifar-10-batches-bin"],
    homes: &["https://www.cs.toronto.edu/~kriz", "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10"],
    files: &[RemoteFile {
        name: "cifar-10-binary.tar.gz",
        kind: Kind::Tar,
        members: &[
            batch("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
            batch("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
            batch("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
            batch("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
            batch("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
            batch("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
        ],
    }],
};
