import { idxImages } from './idx-images.js';

/** Fashion-MNIST: pictures of clothes, in the format of MNIST. */
export const fashionMnist = idxImages({
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  origin: 'Xiao, Rasul and Vollgraf, Zalando Research, arXiv:1708.07747 (2017).',
  licence: 'MIT, Zalando SE.',
  classNames: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  url: 'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  files: {
    trainImages: {
      packed: 26_421_880,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    trainLabels: {
      packed: 29_515,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
    testImages: {
      packed: 4_422_102,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    testLabels: {
      packed: 5_148,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  },
});
