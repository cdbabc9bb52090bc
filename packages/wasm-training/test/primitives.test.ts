// The tests of the training primitives, each against plain loops on random shapes, over the kernels of this package.
import '../src/index.js';
import '../../backend/test/batch.test.js';
import '../../backend/test/convolution.test.js';
import '../../backend/test/cross-entropy.test.js';
import '../../backend/test/examples.test.js';
import '../../backend/test/exchange.test.js';
import '../../backend/test/grouped-product.test.js';
import '../../backend/test/noise.test.js';
import '../../backend/test/noise-distributions.test.js';
import '../../backend/test/normalization.test.js';
import '../../backend/test/optimizers.test.js';
import '../../backend/test/pooling.test.js';
import '../../backend/test/product.test.js';
